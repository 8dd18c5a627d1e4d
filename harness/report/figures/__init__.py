"""Figures as plain plotly dictionaries. Colours are names of style sheet variables, resolved in the page."""
