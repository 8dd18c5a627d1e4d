// What a row shows when it is opened. Text only ever enters through textContent.
const SVG = "http://www.w3.org/2000/svg";

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function factList({ title, facts, wide }) {
  const block = element("div", "", wide ? "wide" : "");
  block.append(element("h4", title));
  const list = element("dl", "", "facts");
  for (const [name, value] of facts) {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", value));
    list.append(pair);
  }
  block.append(list);
  return block;
}

function adviceBlock(detail) {
  const block = element("div", "", "whole");
  for (const sentence of detail.sentences) block.append(element("p", sentence));
  for (const warning of detail.warnings) {
    const advice = element("div", "", "advice");
    advice.append(element("p", warning.message));
    if (warning.next) advice.append(element("p", "Next: " + warning.next, "muted"));
    if (warning.silence) advice.append(element("p", "Silence: " + warning.silence, "muted"));
    block.append(advice);
  }
  return block;
}

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

function shortMs(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function launchTitle(launch) {
  const init = launch.init === null ? "" : `, init ${launch.init} ms`;
  const first = launch.first === null ? "" : `, first ${launch.first} ms`;
  const reason = launch.reason ? `: ${launch.reason}` : "";
  return `launch ${launch.number}, round ${launch.round}, ${launch.started}: ${launch.samples} samples${init}${first}; ${launch.status}${reason}`;
}

// A line from the 5th to the 95th percentile, a bar over the middle half, a dot at the median.
function launchChart(launches) {
  const width = 460;
  const left = 70;
  const right = 64;
  const low = Math.min(...launches.map((each) => each.quantiles[1]));
  const high = Math.max(...launches.map((each) => each.quantiles[5]));
  const span = high - low || high || 1;
  const at = (value) => left + ((value - low) / span) * (width - left - right);
  const bottom = 22 * launches.length + 8;
  const chart = shape("svg", { class: "launches", viewBox: `0 0 ${width} ${bottom + 24}`, role: "img" });
  chart.append(shape("title", {}, "Samples of each launch: 5th to 95th percentile, middle half, median"));
  chart.append(shape("line", { class: "axis", x1: left, x2: width - right, y1: bottom, y2: bottom }));
  chart.append(shape("text", { x: left, y: bottom + 16 }, shortMs(low)));
  chart.append(shape("text", { x: width - right, y: bottom + 16, "text-anchor": "end" }, `${shortMs(high)} ms`));
  launches.forEach((launch, number) => {
    const y = 22 * number + 14;
    const [, q5, q25, q50, q75, q95] = launch.quantiles;
    const row = shape("g", { class: launch.counts ? "" : "out" });
    row.append(shape("title", {}, launchTitle(launch)));
    row.append(shape("text", { x: 0, y: y + 4 }, `launch ${launch.number}`));
    row.append(shape("line", { class: "wide", x1: at(q5), x2: at(q95), y1: y, y2: y }));
    row.append(shape("line", { class: "box", x1: at(q25), x2: at(q75), y1: y, y2: y }));
    row.append(shape("circle", { class: "mid", cx: at(q50), cy: y, r: 4 }));
    row.append(shape("text", { x: width, y: y + 4, "text-anchor": "end" }, shortMs(q50)));
    chart.append(row);
  });
  return chart;
}

function launchBlock(launches) {
  const block = element("div");
  block.append(element("h4", "Launches"));
  const timed = launches.filter((launch) => launch.quantiles.length);
  if (timed.length) block.append(launchChart(timed));
  if (!launches.length) block.append(element("p", "No launch was made.", "muted"));
  for (const launch of launches) {
    if (launch.counts && launch.quantiles.length) continue;
    block.append(element("p", launchTitle(launch) + (launch.log ? ` (${launch.log})` : ""), "muted"));
  }
  return block;
}

function detailBody(anchor) {
  const detail = DETAILS[anchor];
  const body = element("div", "", "detail-body");
  if (detail.sentences.length || detail.warnings.length) body.append(adviceBlock(detail));
  body.append(launchBlock(detail.launches));
  for (const block of detail.facts) {
    if (block.facts.length) body.append(factList(block));
  }
  return body;
}
