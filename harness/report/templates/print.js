const PRINT_WIDTH = 690;

function markSection(entries) {
  for (const entry of entries) {
    const link = document.querySelector(`.page-nav a[href="#${entry.target.id}"]`);
    if (link) link.classList.toggle("here", entry.isIntersecting);
  }
}

// Paper is light, as wide as it is, and cannot open anything.
function preparePrint() {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.opened = "for print";
  }
  document.documentElement.dataset.theme = "light";
  redrawAll(PRINT_WIDTH);
}

function endPrint() {
  for (const details of document.querySelectorAll("details[data-opened]")) {
    details.open = false;
    delete details.dataset.opened;
  }
  delete document.documentElement.dataset.theme;
  redrawAll();
}

addEventListener("beforeprint", preparePrint);
addEventListener("afterprint", endPrint);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redrawAll());
const watcher = new IntersectionObserver(markSection, { rootMargin: "-20% 0px -70% 0px" });
for (const section of document.querySelectorAll("main > section[id]")) watcher.observe(section);
