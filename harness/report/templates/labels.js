// Names of the points on the front: each goes where it covers no other name and stays inside,
// or is left to the hover box.
const LABEL_SPOTS = [
  ["top right", 0, -1], ["top center", -0.5, -1], ["top left", -1, -1],
  ["bottom right", 0, 0], ["bottom center", -0.5, 0], ["bottom left", -1, 0],
  ["middle right", 0.02, -0.5], ["middle left", -1.02, -0.5],
];
const CHARACTER_WIDTH = 6.7;
const LABEL_HEIGHT = 17;

function labelBox(spot, x, y, text) {
  const width = text.length * CHARACTER_WIDTH;
  const left = x + spot[1] * width;
  const top = y + spot[2] * LABEL_HEIGHT;
  return { left, top, right: left + width, bottom: top + LABEL_HEIGHT };
}

function overlaps(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function bubbleBoxes(data, xaxis, yaxis) {
  const boxes = [];
  for (const trace of data) {
    if (!trace.customdata) continue;
    const marker = trace.marker;
    trace.x.forEach((value, number) => {
      const size = Array.isArray(marker.size) ? marker.size[number] : marker.size;
      const radius = Math.max(marker.sizemin || 0, Math.sqrt(size / (marker.sizeref || 1)) / 2) || 5;
      const x = xaxis.d2p(value);
      const y = yaxis.d2p(trace.y[number]);
      boxes.push({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });
    });
  }
  return boxes;
}

function coverage(box, boxes) {
  return boxes.filter((each) => overlaps(box, each)).length;
}

function placeLabels(plot, figure) {
  const { xaxis, yaxis } = plot._fullLayout || {};
  if (figure.labelTrace === null || !xaxis || !yaxis) return null;
  const labels = figure.data[figure.labelTrace];
  const bubbles = bubbleBoxes(figure.data, xaxis, yaxis);
  const taken = [];
  const text = [];
  const textposition = [];
  labels.text.forEach((name, number) => {
    const x = xaxis.d2p(labels.x[number]);
    const y = yaxis.d2p(labels.y[number]);
    const shown = name.replace(/&[a-z]+;/g, "x");
    const free = LABEL_SPOTS.map((spot) => ({ spot, box: labelBox(spot, x, y, shown) }))
      .filter(({ box }) => box.left >= 2 && box.right <= xaxis._length - 2)
      .filter(({ box }) => box.top >= 0 && box.bottom <= yaxis._length)
      .filter(({ box }) => coverage(box, taken) === 0)
      .sort((a, b) => coverage(a.box, bubbles) - coverage(b.box, bubbles));
    const best = free[0];
    if (best) taken.push(best.box);
    text.push(best ? name : "");
    textposition.push(best ? best.spot[0] : "top center");
  });
  return { text: [text], textposition: [textposition] };
}
