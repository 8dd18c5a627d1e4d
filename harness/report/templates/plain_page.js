// A page of figures and text: nothing to sort, nothing to open.
unpackAll().then(drawAll);
