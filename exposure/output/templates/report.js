"use strict";
(() => {
const data = JSON.parse(document.getElementById("figures").textContent);
const ja = data.lang === "ja";
const all = (query, from = document) => Array.from(from.querySelectorAll(query));
const yen = (amount) => {
  if (amount === null) return "－";
  const size = Math.abs(amount), sign = amount < 0 ? (ja ? "▲" : "-") : "";
  const digits = (x) => Number(x.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 3 });
  if (ja) return sign + (size >= 99950000 ? digits(size / 1e8) + "億円" : size >= 1e4 ? digits(size / 1e4) + "万円" : Math.round(size) + "円");
  const unit = size >= 999500000 ? [1e9, "B"] : size >= 999500 ? [1e6, "M"] : size >= 1e3 ? [1e3, "k"] : [1, ""];
  return sign + "JPY " + digits(size / unit[0]) + unit[1];
};
// Yen as people type it: 420000, 420,000, 42万, 1.2億, in full width too.
const typed = (text) => {
  const plain = text.normalize("NFKC").replace(/[,\s円¥]/g, "");
  const found = /^(\d+(?:\.\d+)?)(万|億)?$/.exec(plain);
  return found ? Number(found[1]) * ({ "万": 1e4, "億": 1e8 }[found[2]] || 1) : null;
};
// The annex is folded where it can be opened again; a link, and print, open it.
const folds = all("details");
folds.forEach((one) => { one.open = false; });
const unfold = () => {
  const aim = location.hash && document.getElementById(location.hash.slice(1));
  const inside = aim && aim.querySelector("details");
  if (inside) { inside.open = true; aim.scrollIntoView(); }
};
addEventListener("hashchange", unfold);
let before = [];
addEventListener("beforeprint", () => { before = folds.map((one) => one.open); folds.forEach((one) => { one.open = true; }); });
addEventListener("afterprint", () => folds.forEach((one, i) => { one.open = before[i]; }));
all("[hidden]").forEach((one) => { one.hidden = false; });
// Views: hide the figures of one; never both.
const boxes = all("[data-show-view]");
boxes.forEach((box) => box.addEventListener("change", () => {
  if (!boxes.some((one) => one.checked)) box.checked = true;
  boxes.forEach((one) => document.body.classList.toggle("without-" + one.dataset.showView, !one.checked));
}));
// Plans: what is not chosen is dimmed here and hidden in every table below.
const body = document.querySelector("#premiums tbody");
const rows = data.plans.map((plan) => {
  const row = body.insertRow(), name = document.createElement("th"), box = document.createElement("input");
  const label = document.createElement("label"), premium = document.createElement("input");
  name.scope = "row"; box.type = "checkbox"; box.checked = true;
  label.append(box, " " + plan.name); name.append(label); row.append(name);
  premium.inputMode = "numeric"; premium.setAttribute("aria-label", plan.name); premium.dataset.premiumOf = plan.id;
  premium.value = plan.premium === null ? "" : Math.round(plan.premium).toLocaleString("en-US");
  row.insertCell().append(premium); row.cells[1].className = "number";
  const cells = data.views.map((view) => [row.insertCell(), row.insertCell()].map((cell) => {
    cell.className = "number"; cell.dataset.view = view.name; return cell;
  }));
  box.addEventListener("change", () => {
    row.classList.toggle("dim", !box.checked);
    all("tr[data-plan]").filter((one) => one.dataset.plan === plan.id).forEach((one) => { one.hidden = !box.checked; });
    update();
  });
  premium.addEventListener("input", () => update());
  return { plan, box, premium, cells };
});
const update = () => data.views.forEach((view, i) => {
  const costs = rows.map((row) => {
    const paid = typed(row.premium.value), worth = row.plan.worth[view.name];
    row.premium.setAttribute("aria-invalid", paid === null && row.premium.value !== "");
    return paid === null || worth === null || !row.box.checked ? null : data.bare[view.name] - worth + paid;
  });
  const order = costs.filter((cost) => cost !== null).concat(data.bare[view.name]).sort((a, b) => a - b);
  rows.forEach((row, j) => {
    const [cost, rank] = row.cells[i];
    cost.textContent = yen(costs[j]); cost.dataset.value = costs[j] === null ? "" : costs[j];
    rank.textContent = costs[j] === null ? "－" : order.indexOf(costs[j]) + 1;
  });
});
update();
// Limits: the steps the result holds, nothing between them.
const product = document.getElementById("product"), limit = document.getElementById("limit");
if (product) {
  data.ladders.forEach((one) => product.add(new Option(one.name)));
  const show = () => {
    const step = data.ladders[product.selectedIndex].steps[limit.value];
    document.getElementById("limit-shown").textContent = step.limit + (step.costs ? (ja ? "・" : " / ") + step.costs : "");
    data.views.forEach((view) => {
      const cell = (name) => document.querySelector("[data-" + name + '="' + view.name + '"]');
      cell("share").textContent = Math.round(100 * step.share[view.name]) + "%";
      cell("share").dataset.value = step.share[view.name];
      cell("worth").textContent = yen(step.worth[view.name]);
      cell("worth").dataset.value = step.worth[view.name];
    });
  };
  const start = () => {
    limit.max = data.ladders[product.selectedIndex].steps.length - 1;
    limit.value = Math.floor(limit.max / 2); show();
  };
  product.addEventListener("change", start); limit.addEventListener("input", show);
  start();
}
unfold();
})();
