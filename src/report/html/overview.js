// The top of the page: the answer, the map, what is urgent, what was found and read, the run.

const sensitiveNow = data.stores.filter((s) => REACHABLE.includes(s.exposure.verdict) && s.sensitivity.level !== "none");
const oneClick = data.stores.filter((s) => s.exposure.verdict === "latent" && s.sensitivity.level !== "none");
const notKnown = data.stores.filter((s) => OPEN.includes(s.exposure.verdict) || (s.exposure.undecided && !REACHABLE.includes(s.exposure.verdict) && s.exposure.verdict !== "latent"));

const renderHero = () => {
  const s = data.summary;
  const n = sensitiveNow.length;
  byId("answer").textContent = n > 0
    ? `${n === 1 ? "1 store shows" : count(n) + " stores show"} sensitive data to people outside, now.`
    : notKnown.length + oneClick.length > 0
      ? "No store is known to show sensitive data to people outside; not all is decided or safe from one click."
      : "No store shows sensitive data to people outside.";
  const most = data.stores.map((store) => store.subjects).find((subjects) => subjects.estimate === s.subjects) || { estimate: 0 };
  byId("scale").textContent = [
    plural(s.stores, "store"), plural(s.objects, "object"), size(s.bytes), plural(s.tables, "table"), plural(s.rows, "row"),
    people(most), when(data.run.finished_at),
  ].filter(Boolean).join(" · ");
  const d = data.decision;
  fill("decision", d && h("div", { class: "verdict-box" }, h("strong", {}, pill(d.result, d.result.replace("_", " "))),
    h("ul", {}, d.reasons.slice(0, 4).map((r) => h("li", {}, r)))));
  fill("notices",
    !data.run.complete && h("p", { class: "notice" }, "The run was interrupted: this is what was known by then."),
    data.coverage.listing !== "complete" && h("p", { class: "notice" }, data.coverage.listing === "refused" ? "A listing was refused: more is there than was seen." : "A listing ended early: more may be there than was seen."),
    data.omitted > 0 && h("p", { class: "notice" }, `${count(data.omitted)} stores of the least risk are not on this page, which is at most 20 MB. The json and jsonl outputs have every store.`));
};

const cellOf = {};
data.summary.grid.forEach((c) => { cellOf[c.verdict + "/" + c.sensitivity] = c; });

const renderMap = () => {
  const active = state.verdict || state.sensitivity;
  const verdicts = state.verdict.split(",");
  const cell = (level, verdict) => {
    const found = cellOf[verdict + "/" + level];
    const risk = riskOf(level, verdict);
    const open = OPEN.includes(verdict) ? " open" : "";
    if (!found) return h("td", {}, h("div", { class: "void r-" + risk }, h("span", { class: "visually-hidden" }, "0")));
    const on = verdicts.includes(verdict) && state.sensitivity === level;
    const inside = (!state.verdict || verdicts.includes(verdict)) && (!state.sensitivity || state.sensitivity === level);
    return h("td", {}, h("button", {
      type: "button", class: "cell r-" + risk + open + (active && !inside ? " dimmed" : ""), "aria-pressed": String(on),
      "aria-label": `${plural(found.stores, "store")}: ${level} sensitivity, ${REACH_NAMES[verdict]}, ${open ? "up to " : ""}${risk} risk`,
      title: `${size(found.bytes)} in ${plural(found.objects, "object")}: ${open ? "up to " : ""}${risk} risk`,
      onclick: () => setState(on ? { verdict: "", sensitivity: "" } : { verdict, sensitivity: level }),
    }, h("b", {}, count(found.stores)), h("span", {}, size(found.bytes))));
  };
  const gap = () => h("td", { "aria-hidden": "true" });
  const column = (verdict) => h("th", { scope: "col", title: REACH_SAYS[verdict] }, h("button", {
    type: "button", "aria-pressed": String(state.verdict === verdict && !state.sensitivity), onclick: () => setState({ verdict: state.verdict === verdict && !state.sensitivity ? "" : verdict, sensitivity: "" }),
  }, REACH_NAMES[verdict]));
  const group = (span, text) => h("th", { colspan: span, scope: "colgroup" }, h("span", {}, text));
  fill("map", h("table", { class: "map" },
    h("caption", { class: "visually-hidden" }, "Stores by sensitivity (rows) and reach (columns)"),
    h("colgroup", {}, h("col", { class: "side" }), OPEN.map(() => h("col")), h("col", { class: "gap" }), VERDICTS.map(() => h("col"))),
    h("thead", {},
      h("tr", {}, h("td"), group(2, "Not known"), gap(), group(1, "Nobody outside"), group(1, "One setting away"), group(2, "Some outside"), group(4, "Anyone on the internet")),
      h("tr", {}, h("td"), OPEN.map(column), gap(), VERDICTS.map(column))),
    h("tbody", {}, LEVELS.map((level) => h("tr", {},
      h("th", { scope: "row" }, h("button", { type: "button", "aria-pressed": String(state.sensitivity === level && !state.verdict), onclick: () => setState({ sensitivity: state.sensitivity === level && !state.verdict ? "" : level, verdict: "" }) }, level)),
      OPEN.map((v) => cell(level, v)), gap(), VERDICTS.map((v) => cell(level, v)))))),
  active && h("p", { class: "picked", role: "status" }, h("b", {}, plural(matches().length, "store")), h("button", { type: "button", class: "more", onclick: () => byId("stores").scrollIntoView() }, "Show in the list"), h("button", { type: "button", class: "more", onclick: () => setState({ verdict: "", sensitivity: "" }) }, "Clear")),
  h("p", { class: "legend" }, h("span", {}, "Risk"), [...LEVELS].reverse().map((l) => h("span", { class: "r-" + l }, h("i"), l, data.summary.risk[l] ? ` · ${plural(data.summary.risk[l], "store")}` : "")),
    h("span", {}, h("i", { class: "open" }), "as bad as it may be")));
};

const grounds = (store, many) => {
  const e = store.exposure;
  const grants = e.reasons.filter((r) => r.effect === "grants");
  const blocks = e.reasons.filter((r) => r.effect === "blocks");
  const reason = (r) => h("li", { class: r.effect, title: r.rule }, prose(r.detail), h("span", { class: "src" }, `${r.effect} · ${r.source} · ${r.rule}`));
  return h("ul", { class: "why" },
    e.undecided && h("li", { class: "open" }, prose(e.undecided.why), e.undecided.missing.length > 0 && h("span", { class: "src" }, "needs " + e.undecided.missing.join(", "))),
    grants.slice(0, many).map(reason), blocks.slice(0, many).map(reason));
};
const remedies = (store, many) => h("ul", { class: "why" }, store.exposure.remedies.slice(0, many).map((r) => h("li", { class: "fix" }, prose(r))));
const confirmed = (e) => e.confirmed === true ? " An unsigned request confirmed it." : e.confirmed === false ? " Unsigned requests were turned away." : "";

const card = (store) => {
  const e = store.exposure;
  const why = grounds(store, 3);
  return h("article", { class: "panel card r-" + atWorst(store.risk) },
    h("div", { class: "top" }, riskPills(store.risk), h("span", { class: "name" }, storeLink(store.uri)), tag(REACH_NAMES[e.verdict], REACH_SAYS[e.verdict]),
      h("span", { class: "right" }, [people(store.subjects), size(store.coverage.listed.bytes)].filter(Boolean).join(" · "))),
    h("p", { class: "say" }, REACH_SAYS[e.verdict] + confirmed(e)),
    store.holds.length > 0 ? h("div", { class: "chips" }, store.holds.slice(0, 8).map(chip), store.holds.length > 8 && tag(`${store.holds.length - 8} more`)) : h("p", { class: "muted" }, "Nothing sensitive was found in what was read."),
    (why.childElementCount > 0 || e.remedies.length > 0) && h("div", { class: "cols" },
      h("div", {}, why.childElementCount > 0 && h("h4", {}, "Why"), why), h("div", {}, e.remedies.length > 0 && h("h4", {}, "What to change"), remedies(store, 3))));
};

const urgency = (s) => [LEVELS.indexOf(atWorst(s.risk)), LEVELS.indexOf(s.risk.level), -s.sensitivity.score];
const byUrgency = (a, b) => {
  const [x, y] = [urgency(a), urgency(b)];
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || (a.uri < b.uri ? -1 : 1);
};

// The stores that the filters leave, in three groups of cards.
const renderUrgent = () => {
  const CARDS = 6;
  const shown = new Set(matches());
  const group = (id, title, note, all, verdict) => cards(id, title, note, all.filter((s) => shown.has(s)), verdict);
  const cards = (id, title, note, stores, verdict) => stores.length > 0 && h("section", { "aria-labelledby": "h-" + id, id },
    h("div", { class: "head" }, h("h2", { id: "h-" + id }, title), h("p", { class: "muted" }, plural(stores.length, "store") + note)),
    [...stores].sort(byUrgency).slice(0, CARDS).map(card),
    stores.length > CARDS && h("button", { type: "button", class: "more", onclick: () => showStores({ ...state, store: "", verdict: state.verdict || verdict }) }, `Show all ${count(stores.length)}`));
  const now = data.stores.filter((s) => REACHABLE.includes(s.exposure.verdict) && atWorst(s.risk) !== "none");
  const latent = data.stores.filter((s) => s.exposure.verdict === "latent");
  fill("urgent",
    group("now", "Reachable now", "", now, REACHABLE.join(",")),
    group("latent", "One setting away", ": granted to the public, switched off elsewhere", latent, "latent"),
    group("open", "Not known", ": what is missing could hide access", notKnown, OPEN.join(",")));
};

const renderFound = () => {
  const rows = data.summary.classifiers;
  byId("found-section").hidden = rows.length === 0;
  fill("found", h("table", {},
    h("thead", {}, h("tr", {}, ["Classifier", "Category", "Severity", "Worst risk", "Widest reach"].map((t) => h("th", { scope: "col" }, t)), ["Stores", "Columns", "Distinct values", "Matches"].map((t) => h("th", { scope: "col", class: "num" }, t)))),
    h("tbody", {}, rows.map((c) => h("tr", {},
      h("td", {}, h("button", { type: "button", class: "chip r-" + c.severity, onclick: () => showStores({ classifier: c.classifier }) }, h("b", {}, c.classifier))),
      h("td", {}, c.category.replace("_", " ")), h("td", {}, c.severity), h("td", {}, pill(c.risk)), h("td", {}, tag(REACH_NAMES[c.verdict], REACH_SAYS[c.verdict])),
      [c.stores, c.columns, c.distinct_estimate, c.count].map((n) => h("td", { class: "num" }, count(n))))))));
};

const buckets = (c) => [
  ["read", "Read to the end", c.read], ["partly", "Read in part", c.partly_read], ["unchanged", "Unchanged since the last run", c.unchanged],
  ["sampled", "Left out by sampling", c.sampled_out], ["filtered", "Left out by filters", c.filtered], ["archived", "In archive storage", c.archived],
  ...Object.entries(c.no_text).map(([mime, a]) => ["notext", "Holds no text: " + mime, a]),
  ...Object.entries(c.skipped).map(([reason, a]) => ["skipped", "Skipped: " + reason.replaceAll("_", " "), a]),
].filter(([, , a]) => a.objects > 0);

const coverageBlock = (c) => {
  const list = buckets(c);
  const all = Math.max(1, c.listed.bytes);
  return [
    h("p", {}, h("b", {}, percent(known(c))), " of the bytes asked for are known."),
    h("div", { class: "stack", role: "img", "aria-label": list.map(([, text, a]) => `${text}: ${percent(a.bytes / all)}`).join("; "), css: { margin: "10px 0 12px" } },
      list.map(([key, text, a]) => h("i", { class: "c-" + key, title: text + ": " + size(a.bytes), css: { flex: String(a.bytes / all) } }))),
    h("div", { class: "inner" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Outcome"), ["Objects", "Bytes", "Share"].map((t) => h("th", { scope: "col", class: "num" }, t)))),
      h("tbody", {}, list.map(([key, text, a]) => h("tr", {}, h("td", {}, h("span", { class: "key c-" + key }), text), h("td", { class: "num" }, count(a.objects)), h("td", { class: "num" }, size(a.bytes)), h("td", { class: "num" }, percent(a.bytes / all)))),
        h("tr", {}, h("td", {}, h("b", {}, "Listed")), h("td", { class: "num" }, h("b", {}, count(c.listed.objects))), h("td", { class: "num" }, h("b", {}, size(c.listed.bytes))), h("td"))))),
  ];
};

let skipsShown = 50;
const renderRead = () => {
  fill("read", h("div", { class: "read" }, coverageBlock(data.coverage)));
  if (data.skips.length === 0) return fill("skips");
  fill("skips", h("table", {},
    h("thead", {}, h("tr", {}, ["Reason", "Store", "Object", "Where"].map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", {}, data.skips.slice(0, skipsShown).map((s) => h("tr", {}, h("td", {}, tag(s.reason.replaceAll("_", " "))), h("td", {}, storeLink(s.uri)), h("td", {}, s.key === "" ? "the listing itself" : name(s.key + (s.member ? "!" + s.member : ""))), h("td", {}, s.detail))))),
  h("p", { class: "empty" }, `${count(Math.min(skipsShown, data.skips.length))} of ${count(data.skips_total)} shown. `,
    skipsShown < data.skips.length && h("button", { type: "button", class: "more", onclick: () => { skipsShown += 500; renderRead(); } }, "Show more")));
};

const facts = (pairs) => h("dl", { class: "facts" }, pairs.filter(([, v]) => v !== undefined && v !== null && v !== "").map(([k, v]) => [h("dt", {}, k), h("dd", {}, v)]));
const renderRun = () => {
  const r = data.run;
  fill("run", facts([
    ["Program", `${data.tool.name} ${data.tool.version}`], ["Build", [r.build.target, r.build.profile, ...r.build.features].filter(Boolean).join(" · ")], ["Backend", data.tool.backend],
    ["Run", name(r.id)], ["Started", when(r.started_at)], ["Finished", when(r.finished_at)], ["Ran to its end", r.complete ? "yes" : "no"],
    ["Locations", r.locations.map((l) => [name(l), " "])], ["As", r.principal], ["Command", name(r.argv_redacted.join(" "))],
    ["Classifiers", name(data.tool.program_id)], ["Classifier files", name(r.catalogue_sha256)], ["Configuration", name(r.config_sha256)], ["Facts", r.facts_sha256 && name(r.facts_sha256)], ["Hash key", r.key_id && name(r.key_id)], ["Seed", data.seed], ["Format", data.schema],
  ]));
  byId("controls-section").hidden = data.controls.length === 0;
  fill("controls", data.controls.length > 0 && h("table", {}, h("thead", {}, h("tr", {}, ["Outcome", "Control", "Asks", "Why"].map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", {}, data.controls.map((c) => h("tr", {}, h("td", {}, pill(c.result, c.result.replace("_", " "))), h("td", {}, `${c.framework} ${c.id}`), h("td", {}, c.title), h("td", {}, c.detail))))));
};
