"""The records that flow through the rooms: frozen, typed, free of behaviour that touches the world."""
