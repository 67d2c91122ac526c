// One store, down to the columns and the evidence.

const place = (l) => [l.object, l.member ? "!" + l.member : "", l.row !== undefined ? `  row ${count(l.row)}` : "", l.line !== undefined ? `  line ${count(l.line)}` : "", l.page !== undefined ? `  page ${count(l.page)}` : "", l.byte !== undefined ? `  byte ${count(l.byte)}` : ""].join("");

const odds = (f) => f.share === undefined ? h("small", { class: "muted" }, "–") : h("div", { class: "odds" },
  h("span", { class: "bar2", "aria-hidden": "true" }, h("i", { css: { width: f.share * 100 + "%" } }), f.expected_by_chance !== undefined && h("u", { css: { left: f.expected_by_chance * 100 + "%" }, title: "by chance" })),
  h("small", {}, percent(f.share) + " valid", f.expected_by_chance !== undefined ? `, ${percent(f.expected_by_chance)} by chance` : ""));

const finding = (column, f, first) => h("tr", {},
  h("td", {}, first ? [name(column.path), h("div", { class: "muted" }, column.type)] : null),
  h("td", {}, h("span", { class: "chip r-" + f.severity }, h("b", {}, f.classifier)), h("div", { class: "muted" }, f.category.replace("_", " "))),
  h("td", {}, f.confidence, h("div", { class: "muted" }, `${percent(f.score)} · by ${f.basis}`)),
  h("td", {}, odds(f)),
  h("td", { class: "num" }, count(f.distinct_estimate)), h("td", { class: "num" }, count(f.rows)), h("td", { class: "num" }, count(f.count)),
  h("td", {}, h("ul", { class: "evidence" }, f.evidence.map((e) => h("li", {}, prose(e))), Object.entries(f.attributes || {}).map(([k, v]) => h("li", {}, `${k}: ${v.join(", ")}`))),
    f.locations.length > 0 && h("details", { class: "where" }, h("summary", {}, plural(f.locations.length, "place") + (f.truncated ? ", and more" : "")), h("ul", {}, f.locations.map((l) => h("li", {}, h("bdi", {}, place(l))))))));

const tableBlock = (t, open) => h("details", { class: "panel table flush", open },
  h("summary", {}, name(t.template), tag(t.format), h("span", { class: "muted" }, [plural(t.objects, "object"), plural(t.rows, "row"), size(t.bytes)].join(" · ")), pill(t.sensitivity.level, `${t.sensitivity.level} ${t.sensitivity.score}`)),
  t.combinations.length > 0 && h("p", {}, "Worse together: " + t.combinations.join("; ") + "."),
  t.columns.length > 0 ? h("div", { class: "inner" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Column", "What", "Confidence", "Valid values"].map((x) => h("th", { scope: "col" }, x)), ["Distinct", "Rows", "Matches"].map((x) => h("th", { scope: "col", class: "num" }, x)), h("th", { scope: "col" }, "Evidence"))),
    h("tbody", {}, t.columns.map((c) => c.findings.map((f, i) => finding(c, f, i === 0)))))) : null,
  h("p", { class: "muted" }, t.columns.length === t.columns_total ? plural(t.columns_total, "column") + "." : t.columns_total - t.columns.length === 1 ? "Nothing in the other column." : `Nothing in the other ${count(t.columns_total - t.columns.length)} columns.`));

const grantRow = (g) => h("tr", {}, h("td", {}, g.audience.kind.replaceAll("_", " "), g.audience.name && h("div", {}, name(g.audience.name))), h("td", {}, g.permission.replaceAll("_", " ")),
  h("td", {}, g.scope.kind === "store" ? "the whole store" : [g.scope.kind + " ", name(g.scope.value || "")], g.scope.condition && h("div", { class: "muted" }, "if " + g.scope.condition)), h("td", {}, h("span", { class: "pill r-" + (g.state === "live" ? "high" : "low") }, g.state)), h("td", {}, g.via.replaceAll("_", " ")));

const simpleTable = (heads, rows) => h("table", {}, h("thead", {}, h("tr", {}, heads.map((t) => h("th", { scope: "col" }, t)))), h("tbody", {}, rows));
const yesNo = (b) => b === undefined ? undefined : b ? "yes" : "no";

const storeFacts = (s) => facts([
  ["Provider", { aws: "Amazon S3", gcp: "Google Cloud Storage", azure: "Azure Blob Storage", local: "This machine" }[s.provider]], ["Account", s.account], ["Region", s.region],
  ["Encryption", s.settings.encryption && s.settings.encryption.replace("_", " ")], ["Versioning", s.settings.versioning], ["Access logging", yesNo(s.settings.logging)], ["Website", yesNo(s.settings.website)],
  ...Object.entries(s.labels).map(([k, v]) => ["Label " + k, v]),
  ["People", s.subjects.estimate > 0 && people(s.subjects) + (s.subjects.relative_error > 0 ? ` (± ${percent(s.subjects.relative_error)})` : "") + ": " + Object.entries(s.subjects.by_classifier).map(([k, v]) => `${k} ${count(v)}`).join(", ")],
  ["Clean", `${plural(s.clean.objects, "object")} read whole hold nothing (${size(s.clean.bytes)})`],
].filter(([, v]) => v));

const tablesBlock = (s) => !s.tables ? h("p", { class: "muted" }, data.detail === "stores" ? `${plural(s.tables_total, "table")}; this page was asked for stores only.` : `${plural(s.tables_total, "table")}; there was no room for them on this page. The json output has them.`)
  : [s.tables.map((t, i) => tableBlock(t, i < 3 && t.columns.length > 0)), s.tables_total > s.tables.length && h("p", { class: "muted" }, `The worst ${count(s.tables.length)} of ${count(s.tables_total)}.`), s.tables_total === 0 && h("p", { class: "muted" }, "None was read.")];

const objectsBlock = (s) => s.objects && s.objects.length > 0 && [h("h3", {}, "Worst objects"), h("div", { class: "panel scroll" }, simpleTable(["Risk", "Object", "Format", "Size", "Sensitivity", "Read"],
  s.objects.map((o) => h("tr", {}, h("td", {}, pill(o.risk.level)), h("td", {}, name(o.key), o.key_b64 && h("div", { class: "muted" }, "base64 " + o.key_b64), o.exposure && h("div", { class: "muted" }, "by its own grants: " + REACH_NAMES[o.exposure.verdict])), h("td", {}, o.format), h("td", { class: "num" }, size(o.size)), h("td", {}, `${o.sensitivity.level} ${o.sensitivity.score}`), h("td", {}, o.partial ? `${size(o.partial.bytes)}, then ${o.partial.reason.replaceAll("_", " ")}` : "whole")))))];

const renderDetail = () => {
  const dialog = byId("store");
  const s = state.store && data.stores.find((x) => x.uri === state.store);
  if (!s) { if (dialog.open) dialog.close(); return; }
  const e = s.exposure;
  dialog.replaceChildren(
    h("div", { class: "top" }, riskPills(s.risk), h("h2", { id: "store-name" }, h("bdi", {}, s.uri)), tag(REACH_NAMES[e.verdict], REACH_SAYS[e.verdict]), h("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Close")),
    h("div", { class: "body" },
      h("h3", {}, "Who can reach it"),
      h("p", {}, REACH_SAYS[e.verdict] + confirmed(e)),
      h("div", { class: "cols", css: { "margin-top": "10px" } },
        h("div", { class: "panel" }, h("p", { class: "sub" }, "Why"), grounds(s, 50), h("p", { class: "sub", css: { "margin-top": "12px" } }, "How the risk comes about"), h("ul", { class: "why" }, s.risk.why.map((w) => h("li", {}, w)))),
        h("div", { class: "panel" }, h("p", { class: "sub" }, "What to change"), e.remedies.length > 0 ? remedies(s, 50) : h("p", { class: "muted" }, "Nothing."))),
      e.grants.length > 0 && [h("h3", {}, "Grants to people outside" + (s.grants_total > e.grants.length ? ` (the first ${e.grants.length} of ${count(s.grants_total)})` : "")), h("div", { class: "panel scroll" }, simpleTable(["Who", "May", "What", "Now", "By"], e.grants.map(grantRow)))],
      h("h3", {}, "What is inside"), tablesBlock(s), objectsBlock(s),
      h("h3", {}, "What was read"), h("div", { class: "panel" }, coverageBlock(s.coverage)),
      h("h3", {}, "The store"), h("div", { class: "panel flush" }, storeFacts(s))));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
};
