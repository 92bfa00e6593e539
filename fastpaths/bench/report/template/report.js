// What the page does: search, open a case, draw what comes into view. Without it the tables are still whole.
const { specs, charts } = JSON.parse(document.getElementById("data").textContent);

// Every colour is one of the page's variables, so that charts change with it and need not be drawn anew.
const config = {
  background: "transparent",
  font: "system-ui, sans-serif",
  view: { stroke: "var(--line)" },
  axis: { labelColor: "var(--soft)", titleColor: "var(--soft)", gridColor: "var(--line)", domainColor: "var(--soft)",
    tickColor: "var(--soft)", titleFontWeight: "normal", labelFontSize: 11, labelSeparation: 8 },
  axisY: { labelLimit: Math.min(innerWidth, 896) - 80 },
  legend: { labelColor: "var(--ink)", titleColor: "var(--soft)", labelFontSize: 12, symbolStrokeColor: "var(--ink)",
    columns: innerWidth < 640 ? 1 : 2, labelLimit: Math.min(innerWidth - 90, 300) },
};

function rows(columns) {
  const names = Object.keys(columns);
  return columns[names[0]].map((_, i) => Object.fromEntries(names.map((name) => [name, columns[name][i]])));
}

function heightOf({ spec, columns }) {
  const { height } = specs[spec];
  return height.step ? 40 + height.step * columns.name.length : height;
}

function draw(figure) {
  if (figure.dataset.drawn) return;
  figure.dataset.drawn = "yes";
  const chart = charts[figure.dataset.chart];
  const { spec, columns, titles, caption } = chart;
  const full = structuredClone({ ...specs[spec], data: { values: rows(columns) }, width: "container", description: caption,
    autosize: { type: "fit-x", contains: "padding" } });
  full.height = heightOf(chart);
  for (const part of [full, ...(full.layer ?? [])])
    for (const [axis, title] of Object.entries(titles))
      if (part.encoding?.[axis]?.field) part.encoding[axis].title = title;
  vegaEmbed(figure.querySelector(".plot"), full, { mode: "vega-lite", renderer: "svg", actions: false, config });
}

const inView = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((entry) => entry.isIntersecting)) {
    inView.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "300px" });
document.querySelectorAll("figure").forEach((figure) => {
  // With its axis, so that what is below hardly moves under a pointer when it is drawn.
  figure.querySelector(".plot").style.minHeight = `${heightOf(charts[figure.dataset.chart]) + 45}px`;
  inView.observe(figure);
});

function toggle(button, open = button.getAttribute("aria-expanded") !== "true") {
  button.setAttribute("aria-expanded", open);
  document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[aria-controls]");
  if (button) toggle(button);
});

// Search: every word has to be in the name; a baseline stays with its case.
const cases = [...document.querySelectorAll("tr.case")];
const find = document.getElementById("find");
const verdict = document.getElementById("verdict");

function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = verdict?.value ?? "";
  let count = 0;
  let above = false;
  for (const row of cases) {
    const matches = words.every((word) => row.dataset.name.includes(word)) && (!wanted || row.dataset.verdict === wanted);
    const below = row.classList.contains("below");
    const shown = matches || (below && above);
    if (!below) above = matches;
    row.hidden = !shown;
    count += shown;
    const button = row.querySelector("button");
    const more = button && document.getElementById(button.getAttribute("aria-controls"));
    if (more) more.hidden = !shown || button.getAttribute("aria-expanded") !== "true";
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("tr.case:not([hidden])");
  document.getElementById("found").textContent = `${count} of ${cases.length} rows`;
}

find.addEventListener("input", filter);
verdict?.addEventListener("change", filter);
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select")) {
    event.preventDefault();
    find.focus();
  }
});

// A link to a row opens it; what is open is drawn before it is printed.
function follow() {
  const button = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.querySelector?.(":scope > th button");
  if (button) toggle(button, true);
}
addEventListener("hashchange", follow);
addEventListener("beforeprint", () => document.querySelectorAll("figure").forEach((f) => f.checkVisibility() && draw(f)));
filter();
follow();
