// Names of the points on the front. Each goes to the cheapest spot that covers no other name
// and stays inside; a name that fits nowhere is left to the hover box.
const LABEL_HEIGHT = 15;
const GAP = 4;
// Left of and above a front nothing can be: those directions come first.
const DIRECTIONS = [
  [-0.75, -0.75, 0], [-1, 0, 1], [0, -1, 2.5], [0.75, -0.75, 2], [1, 0, 3], [0.75, 0.75, 3], [0, 1, 4], [-0.75, 0.75, 4],
];
const DISTANCES = [0, 16, 34, 56];
// The corner of a square or diamond reaches further than its radius.
const CORNERED = 1.3;
const pen = document.createElement("canvas").getContext("2d");

function textWidth(text) {
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text.replace(/&[a-z0-9#]+;/g, "x")).width;
}

function boxAt(point, [dx, dy], distance, width) {
  const reach = point.radius + GAP + distance;
  const x = point.x + dx * reach + (Math.sign(dx) * width) / 2;
  const y = point.y + dy * reach + (Math.sign(dy) * LABEL_HEIGHT) / 2;
  return {
    x, y,
    left: x - width / 2, right: x + width / 2,
    top: y - LABEL_HEIGHT / 2, bottom: y + LABEL_HEIGHT / 2,
  };
}

function overlaps(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function bubbles(data, xaxis, yaxis) {
  const found = [];
  for (const { customdata, marker, x, y } of data) {
    if (!customdata) continue;
    x.forEach((value, number) => {
      const symbol = Array.isArray(marker.symbol) ? marker.symbol[number] : marker.symbol;
      const size = Math.max(marker.sizemin, Math.sqrt(marker.size[number] / (2 * marker.sizeref)));
      const radius = size * (symbol.startsWith("circle") ? 1 : CORNERED);
      found.push({ x: xaxis.d2p(value), y: yaxis.d2p(y[number]), radius });
    });
  }
  return found;
}

// Error bars as boxes of no width.
function bars(data, xaxis, yaxis) {
  const found = [];
  for (const { customdata, error_x: across, error_y: along, x, y } of data) {
    if (!customdata) continue;
    x.forEach((value, number) => {
      const [left, right] = [value - across.arrayminus[number], value + across.array[number]].map((v) => xaxis.d2p(v));
      const [bottom, top] = [y[number] - along.arrayminus[number], y[number] + along.array[number]].map((v) => yaxis.d2p(v));
      const [middleX, middleY] = [xaxis.d2p(value), yaxis.d2p(y[number])];
      if (right > left) found.push({ left, right, top: middleY, bottom: middleY });
      if (bottom > top) found.push({ left: middleX, right: middleX, top, bottom });
    });
  }
  return found;
}

function covers(box, { x, y, radius }) {
  const dx = Math.max(box.left - x, 0, x - box.right);
  const dy = Math.max(box.top - y, 0, y - box.bottom);
  return Math.hypot(dx, dy) < radius;
}

function bestSpot(point, width, taken, obstacles, frame) {
  let best = null;
  for (const distance of DISTANCES) {
    for (const direction of DIRECTIONS) {
      const box = boxAt(point, direction, distance, width);
      if (box.left < 2 || box.right > frame.width - 2 || box.top < 0 || box.bottom > frame.height) continue;
      if (taken.some((each) => overlaps(each, box))) continue;
      const covered = obstacles.points.filter((each) => covers(box, each)).length;
      const crossed = obstacles.bars.filter((each) => overlaps(each, box)).length;
      const cost = direction[2] + 6 * covered + 2 * crossed + distance / 5;
      if (!best || cost < best.cost) best = { box, cost, distance };
    }
  }
  return best;
}

function leader(point, box) {
  const x = Math.min(Math.max(point.x, box.left), box.right);
  const y = Math.min(Math.max(point.y, box.top), box.bottom);
  const length = Math.hypot(x - point.x, y - point.y) || 1;
  const from = point.radius / length;
  return [[point.x + from * (x - point.x), x], [point.y + from * (y - point.y), y]];
}

// The traces of labels and leaders, with positions for the present size of the plot.
function placedLabels(plot, view, labelTrace) {
  const { xaxis, yaxis } = plot._fullLayout;
  const labels = view.data[labelTrace];
  const points = bubbles(view.data, xaxis, yaxis);
  const obstacles = { points, bars: bars(view.data, xaxis, yaxis) };
  const frame = { width: xaxis._length, height: yaxis._length };
  const taken = [];
  const placed = { x: [], y: [], text: [] };
  const leaders = { x: [], y: [] };
  labels.x.forEach((value, number) => {
    const x = xaxis.d2p(value);
    const y = yaxis.d2p(labels.y[number]);
    const own = points.find((each) => Math.abs(each.x - x) < 1 && Math.abs(each.y - y) < 1);
    const point = own || { x, y, radius: 6 };
    const best = bestSpot(point, textWidth(labels.text[number]) + 4, taken, obstacles, frame);
    if (!best) return;
    taken.push(best.box);
    placed.x.push(xaxis.p2d(best.box.x));
    placed.y.push(yaxis.p2d(best.box.y));
    placed.text.push(labels.text[number]);
    if (best.distance) {
      const [xs, ys] = leader(point, best.box);
      leaders.x.push(...xs.map((each) => xaxis.p2d(each)), null);
      leaders.y.push(...ys.map((each) => yaxis.p2d(each)), null);
    }
  });
  return {
    x: [placed.x, leaders.x],
    y: [placed.y, leaders.y],
    text: [placed.text, undefined],
  };
}
