const table = document.getElementById("trials");
const filters = document.getElementById("filters");
const collator = new Intl.Collator("en", { numeric: true });

const trials = [...table.tBodies[0].rows].map((row) => ({
  row,
  detail: null,
  text: row.textContent.toLowerCase(),
  values: [...row.cells].map((cell) => cell.dataset.value),
}));

function compareBy(column, numeric, direction) {
  return (a, b) => {
    const x = a.values[column];
    const y = b.values[column];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    return direction * (numeric ? x - y : collator.compare(x, y));
  };
}

function arrange() {
  const rows = document.createDocumentFragment();
  for (const trial of trials) {
    rows.append(trial.row);
    if (trial.detail) rows.append(trial.detail);
  }
  table.tBodies[0].append(rows);
}

function sortBy(header) {
  const headers = [...table.tHead.rows[0].cells];
  const first = "descending" in header.dataset ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = header.getAttribute("aria-sort") === first ? other : first;
  for (const each of headers) each.setAttribute("aria-sort", each === header ? order : "none");
  const numeric = ["number", "status", "front"].includes(header.dataset.kind);
  trials.sort(compareBy(headers.indexOf(header), numeric, order === "ascending" ? 1 : -1));
  arrange();
}

function applyFilters() {
  const wanted = Object.fromEntries(new FormData(filters));
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  delete wanted.text;
  let shown = 0;
  for (const { row, detail, text } of trials) {
    const fits =
      words.every((word) => text.includes(word)) &&
      Object.entries(wanted).every(([key, value]) => !value || row.dataset[key] === value);
    row.hidden = !fits;
    if (detail) detail.hidden = !fits;
    shown += fits;
  }
  const all = trials.length;
  const noun = all === 1 ? "trial" : "trials";
  document.getElementById("shown").textContent = shown === all ? `${all} ${noun}` : `${shown} of ${all} ${noun}`;
  document.getElementById("none-fits").hidden = shown > 0;
}

function openDetail(trial) {
  trial.detail = document.createElement("tr");
  trial.detail.className = "detail";
  const cell = document.createElement("td");
  cell.colSpan = trial.row.cells.length;
  cell.append(detailBody(trial.row.id));
  trial.detail.append(cell);
  trial.row.after(trial.detail);
}

function toggle(row, open) {
  const trial = trials.find((each) => each.row === row);
  if (open === undefined) open = !trial.detail;
  if (open && !trial.detail) openDetail(trial);
  if (!open && trial.detail) {
    trial.detail.remove();
    trial.detail = null;
  }
  row.querySelector(".open").setAttribute("aria-expanded", String(open));
}

// The detail of a row is as wide as what is seen of the table, not as the table.
function measureScroll() {
  const frame = table.parentElement;
  frame.style.setProperty("--scroll-width", `${frame.clientWidth}px`);
}

function wireTable() {
  for (const header of table.tHead.rows[0].cells) {
    header.firstElementChild.addEventListener("click", () => sortBy(header));
  }
  table.tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr.trial");
    if (row && !event.target.closest("a") && !String(getSelection())) toggle(row);
  });
  filters.addEventListener("input", applyFilters);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(applyFilters));
  addEventListener("resize", measureScroll);
  measureScroll();
}
