const NARROW = 640;
// A legend of more than one line would take its room from the figure.
const LEGEND_LINE = 26;

// Named buttons only: by default plotly.js would add one that uploads the figure.
const PLOT_CONFIG = {
  displaylogo: false,
  displayModeBar: matchMedia("(hover: hover)").matches ? "hover" : false,
  modeBarButtons: [["toImage"], ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
  showSendToCloud: false,
  responsive: true,
  toImageButtonOptions: { scale: 2, filename: "harness" },
};

function viewOf(plot) {
  return FIGURES[plot.dataset.figure].views[Number(plot.dataset.view || 0)];
}

// A finger that pans over a figure wants to scroll the page.
function adapted(layout, width) {
  const own = inTheme(layout);
  own.font.family = getComputedStyle(document.body).fontFamily;
  if (matchMedia("(pointer: coarse)").matches) own.dragmode = false;
  if (width < NARROW) {
    own.font.size = 12;
    own.margin = { ...own.margin, l: Math.min(own.margin.l, 48), r: 8 };
  }
  for (const label of own.annotations || []) clipLabel(label, width - own.margin.l - own.margin.r);
  return own;
}

// A box as wide as the figure cuts the end of a text that is wider.
function clipLabel(label, width) {
  if (textWidth(label.text) > width) label.width = width;
}

function legendHeight(plot) {
  const legend = plot.querySelector(".legend .bg");
  return legend ? legend.getBBox().height : 0;
}

async function draw(plot, width) {
  const view = viewOf(plot);
  const layout = adapted(view.layout, width || plot.clientWidth);
  if (width) layout.width = width;
  await Plotly.react(plot, inTheme(view.data), layout, PLOT_CONFIG);
  const more = legendHeight(plot) - LEGEND_LINE;
  if (more > 0) await Plotly.relayout(plot, { height: layout.height + more });
  plot.dataset.width = plot.clientWidth;
  await relabel(plot);
}

async function relabel(plot) {
  const { labelTrace } = FIGURES[plot.dataset.figure];
  if (labelTrace === null) return;
  const placed = placedLabels(plot, viewOf(plot), labelTrace);
  await Plotly.restyle(plot, placed, [labelTrace, labelTrace + 1]);
}

function wire(plot) {
  plot.on("plotly_click", (event) => {
    const anchor = event.points[0] && event.points[0].customdata;
    if (anchor) location.hash = anchor;
  });
  plot.on("plotly_relayout", (change) => {
    if ("autosize" in change && Number(plot.dataset.width) !== plot.clientWidth) draw(plot);
    else if (Object.keys(change).some((key) => key.includes("range") || key === "autosize")) relabel(plot);
  });
  for (const button of plot.parentElement.querySelectorAll("[data-shows]")) {
    button.addEventListener("click", () => showView(plot, button));
  }
}

function showView(plot, button) {
  plot.dataset.view = button.dataset.shows;
  for (const each of button.parentElement.children) {
    each.setAttribute("aria-pressed", String(each === button));
  }
  return draw(plot);
}

function allPlots() {
  return [...document.querySelectorAll(".plot[data-figure]")];
}

// One after the other with a breath between, so that a long report can be scrolled at once.
async function drawAll() {
  for (const plot of allPlots()) {
    await draw(plot);
    wire(plot);
    plot.style.minHeight = "";
    await new Promise((resolve) => setTimeout(resolve));
  }
  document.documentElement.dataset.drawn = "yes";
}

function redrawAll(width) {
  return Promise.all(allPlots().filter((plot) => plot.data).map((plot) => draw(plot, width)));
}
