// A link to a trial must lead to it even where a filter hides it.
function followHash() {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!row || !row.matches("tr.trial")) return;
  if (row.hidden) {
    filters.reset();
    applyFilters();
  }
  toggle(row, true);
  row.scrollIntoView({ block: "center" });
}

async function start() {
  await unpackAll();
  wireTable();
  await drawAll();
  followHash();
}

addEventListener("hashchange", followHash);
start();
