// All stores: filtered, sorted, a page at a time.

const PAGE_ROWS = 50;
const COLUMNS = [
  { key: "risk", text: "Risk", of: (s) => 1000 * (4 - LEVELS.indexOf(atWorst(s.risk))) + 200 * (4 - LEVELS.indexOf(s.risk.level)) + s.sensitivity.score, down: true },
  { key: "store", text: "Store", of: (s) => s.uri },
  { key: "reach", text: "Reach", of: (s) => BY_REACH.indexOf(s.exposure.verdict), down: true },
  { key: "sensitivity", text: "Sensitivity", num: true, of: (s) => s.sensitivity.score, down: true },
  { key: "holds", text: "Holds", of: (s) => s.holds.length, down: true },
  { key: "people", text: "People", num: true, of: (s) => s.subjects.estimate, down: true },
  { key: "objects", text: "Objects", num: true, of: (s) => s.coverage.listed.objects, down: true },
  { key: "bytes", text: "Bytes", num: true, of: (s) => s.coverage.listed.bytes, down: true },
  { key: "known", text: "Known", num: true, of: (s) => known(s.coverage) },
];

const matches = () => {
  const verdicts = state.verdict ? state.verdict.split(",") : null;
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  return data.stores.filter((s) =>
    (!verdicts || verdicts.includes(s.exposure.verdict))
    && (!state.sensitivity || s.sensitivity.level === state.sensitivity)
    && (!state.risk || atWorst(s.risk) === state.risk)
    && (!state.classifier || s.holds.some((held) => held.classifier === state.classifier))
    && words.every((w) => [s.uri, s.account || "", s.region || "", s.exposure.verdict, ...s.holds.map((held) => held.classifier), ...Object.entries(s.labels).flat()].some((t) => t.toLowerCase().includes(w))));
};

const sorted = (stores) => {
  const down = !state.sort || state.sort.startsWith("-");
  const column = COLUMNS.find((c) => c.key === (state.sort || "risk").replace(/^-/, "")) || COLUMNS[0];
  const compare = (a, b) => {
    const [x, y] = [column.of(a), column.of(b)];
    const order = x < y ? -1 : x > y ? 1 : 0;
    return (down ? -order : order) || byUrgency(a, b);
  };
  return [...stores].sort(compare);
};

const heading = (column) => {
  const current = (state.sort || "-risk").replace(/^-/, "") === column.key;
  const down = (state.sort || "-risk").startsWith("-");
  const next = current ? (down ? column.key : "-" + column.key) : (column.down ? "-" : "") + column.key;
  return h("th", { scope: "col", class: column.num ? "num" : "", "aria-sort": current ? (down ? "descending" : "ascending") : null },
    h("button", { type: "button", onclick: () => setState({ sort: next }) }, column.text));
};

const row = (s) => h("tr", { onclick: () => openStore(s.uri) },
  h("td", {}, riskPills(s.risk)),
  h("td", { class: "uri" }, storeLink(s.uri)),
  h("td", {}, tag(REACH_NAMES[s.exposure.verdict], REACH_SAYS[s.exposure.verdict]), s.exposure.undecided && !OPEN.includes(s.exposure.verdict) ? h("span", { class: "muted", title: s.exposure.undecided.why }, " +?") : null),
  h("td", { class: "num" }, s.sensitivity.level, " ", h("span", { class: "muted" }, s.sensitivity.score)),
  h("td", {}, h("div", { class: "chips" }, s.holds.slice(0, 2).map((held) => chip(held, true)), s.holds.length > 2 && tag("+" + (s.holds.length - 2), s.holds.slice(2).map((held) => held.classifier).join(", ")))),
  h("td", { class: "num" }, s.subjects.estimate ? short(s.subjects.estimate) : "–"),
  h("td", { class: "num" }, count(s.coverage.listed.objects)),
  h("td", { class: "num" }, size(s.coverage.listed.bytes)),
  h("td", { class: "num" }, percent(known(s.coverage))));

const filterChip = (key, text) => h("button", { type: "button", class: "chip on", title: "Remove this filter", onclick: () => setState({ [key]: "" }) }, h("b", {}, text), h("span", {}, "×"));
const renderStores = () => {
  const found = sorted(matches());
  const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  const page = Math.min(pages, Math.max(1, Number(state.page) || 1));
  byId("stores-note").textContent = found.length === data.stores.length ? plural(found.length, "store") : `${count(found.length)} of ${plural(data.stores.length, "store")}`;
  const verdicts = state.verdict.split(",").filter((v) => v in REACH_NAMES);
  fill("chips",
    verdicts.length > 0 && filterChip("verdict", verdicts.length === REACHABLE.length ? "Reachable now" : verdicts.map((v) => REACH_NAMES[v]).join(" or ")),
    state.sensitivity && filterChip("sensitivity", state.sensitivity + " sensitivity"), state.risk && filterChip("risk", state.risk + " risk"), state.classifier && filterChip("classifier", state.classifier));
  if (document.activeElement !== byId("search")) byId("search").value = state.q;
  fill("store-table", h("thead", {}, h("tr", {}, COLUMNS.map(heading))),
    h("tbody", {}, found.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS).map(row), found.length === 0 && h("tr", {}, h("td", { colspan: COLUMNS.length, class: "empty" }, "No store is like that."))));
  const to = (n) => () => setState({ page: String(n) }, true);
  fill("pager", pages > 1 && [
    h("button", { type: "button", disabled: page === 1, onclick: to(page - 1) }, "Previous"), h("span", {}, `Page ${page} of ${count(pages)}`), h("button", { type: "button", disabled: page === pages, onclick: to(page + 1) }, "Next")]);
};
