const FIGURES = JSON.parse(document.getElementById("figures").textContent);
const NARROW = 640;

function plotConfig() {
  return {
    displaylogo: false,
    responsive: true,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    toImageButtonOptions: { scale: 2, filename: "harness" },
  };
}

// A finger that pans over a figure wants to scroll the page.
function adapted(figure, width) {
  const layout = inTheme(figure.layout);
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  if (width < NARROW) {
    layout.font.size = 12;
    layout.margin = { ...layout.margin, l: Math.min(layout.margin.l, 48), r: 8 };
  }
  return layout;
}

async function draw(plot, width) {
  const figure = FIGURES[plot.dataset.figure];
  const layout = adapted(figure, width || plot.clientWidth);
  if (width) layout.width = width;
  layout.font.family = getComputedStyle(document.body).fontFamily;
  await Plotly.react(plot, inTheme(figure.data), layout, plotConfig());
  await relabel(plot);
}

async function relabel(plot) {
  const figure = FIGURES[plot.dataset.figure];
  const labels = placeLabels(plot, figure);
  if (labels) await Plotly.restyle(plot, labels, [figure.labelTrace]);
}

function wire(plot) {
  plot.on("plotly_click", (event) => {
    const anchor = event.points[0] && event.points[0].customdata;
    if (anchor) location.hash = anchor;
  });
  plot.on("plotly_relayout", (change) => {
    if (Object.keys(change).some((key) => key.includes("range") || key === "autosize")) relabel(plot);
  });
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
