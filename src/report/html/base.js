"use strict";
// What every part of the page uses: the data, words and numbers, elements built from text only, and the state, which
// lives in the address (`#verdict=public_list&sensitivity=critical`), so that a view can be linked to.

const data = JSON.parse(document.getElementById("data").textContent);

const LEVELS = ["critical", "high", "medium", "low", "none"];
const VERDICTS = ["private", "latent", "external", "any_authenticated", "public_keys", "public_read", "public_list", "public_write"];
const OPEN = ["unknown", "inconclusive"];
const REACHABLE = VERDICTS.slice(2);
const BY_REACH = [...OPEN, ...VERDICTS];
const REACH_NAMES = {
  private: "Private", latent: "Latent", external: "External", any_authenticated: "Any customer", public_keys: "List keys only",
  public_read: "Read by key", public_list: "List and read", public_write: "Write", unknown: "Unknown", inconclusive: "Inconclusive",
};
const REACH_SAYS = {
  private: "No one outside can reach it.",
  latent: "Public access is granted, and another setting switches it off for now.",
  external: "Named outsiders can reach it.",
  any_authenticated: "Any customer of the cloud can reach it.",
  public_keys: "Anyone on the internet can list its keys.",
  public_read: "Anyone on the internet who knows a key can read it.",
  public_list: "Anyone on the internet can list and read it.",
  public_write: "Anyone on the internet can write to it.",
  unknown: "Who can reach it is not known: settings could not be read.",
  inconclusive: "No grant is known, but single objects may carry their own and were not all read.",
};
// The risk table; columns as VERDICTS.
const RISK = {
  none: ["none", "none", "none", "none", "none", "low", "low", "medium"],
  low: ["none", "low", "low", "medium", "medium", "medium", "medium", "high"],
  medium: ["low", "medium", "medium", "high", "high", "high", "high", "high"],
  high: ["low", "high", "high", "critical", "critical", "critical", "critical", "critical"],
  critical: ["medium", "high", "critical", "critical", "critical", "critical", "critical", "critical"],
};
const riskOf = (level, verdict) => RISK[level][VERDICTS.indexOf(OPEN.includes(verdict) ? "any_authenticated" : verdict)];
const worse = (a, b) => LEVELS.indexOf(a) <= LEVELS.indexOf(b) ? a : b;
const atWorst = (risk) => risk.upper ? worse(risk.upper, risk.level) : risk.level;

// Text with what could act on the text around it, or could not be seen, written as an escape.
const ACTING = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
const inert = (text) => String(text).replace(ACTING, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");

const count = (n) => n.toLocaleString("en-US");
const short = (n) => n < 10000 ? count(n) : n < 1e6 ? (n / 1e3).toFixed(n < 1e5 ? 1 : 0) + " k" : n < 1e9 ? (n / 1e6).toFixed(1) + " M" : (n / 1e9).toFixed(1) + " G";
const plural = (n, one, many) => count(n) + " " + (n === 1 ? one : many || one + "s");
// An estimate knows three digits.
const people = (s) => s.estimate === 0 ? "" : s.relative_error > 0
  ? `about ${plural(Number(s.estimate.toPrecision(3)), "person", "people")} or more` : "at least " + plural(s.estimate, "person", "people");
const size = (bytes) => {
  if (bytes < 1024) return bytes + " B";
  let unit = -1;
  do { bytes /= 1024; unit += 1; } while (bytes >= 1023.95 && unit < 5);
  return bytes.toFixed(1) + " " + ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][unit];
};
const percent = (share) => share > 0 && share < 0.001 ? "< 0.1 %" : share < 1 && share > 0.999 ? "99.9 %" : +(share * 100).toFixed(1) + " %";
const when = (iso) => iso.replace("T", " ").replace(/:\d\d(\.\d+)?Z?$/, "") + " UTC";
const sum = (list) => list.reduce((a, b) => a + b, 0);

// An element. Children are elements or text; text is never markup.
const h = (name, props, ...children) => {
  const el = document.createElement(name);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "class") el.className = value;
    else if (key === "css") for (const [k, v] of Object.entries(value)) el.style.setProperty(k, v);
    else el.setAttribute(key, value === true ? "" : inert(value));
  }
  el.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false).map((c) => c instanceof Node ? c : inert(c)));
  return el;
};
// Text in which `this` is code.
const prose = (text) => text.split("`").map((piece, i, all) => i % 2 === 1 && i < all.length - 1 ? h("code", {}, piece) : i % 2 === 1 ? "`" + piece : piece);
const byId = (id) => document.getElementById(id);
const fill = (id, ...children) => byId(id).replaceChildren(...children.flat(3).filter(Boolean));
const name = (text, extra) => h("bdi", { class: "mono " + (extra || "") }, text);
const pill = (level, text, extra) => h("span", { class: "pill r-" + level + " " + (extra || "") }, text || level);
const riskPills = (risk) => [pill(risk.level), risk.upper && risk.upper !== risk.level ? [" ", pill(risk.upper, "up to " + risk.upper, "upper")] : null];
const chip = (held, brief) => h("span", { class: "chip r-" + held.severity, title: `${held.severity} severity, ${plural(held.distinct, "distinct value")}, in ${plural(held.columns, "column")}` }, h("b", {}, held.classifier), brief !== true && h("span", {}, short(held.distinct)));
const tag = (text, title) => h("span", { class: "tag", title }, text);

// The state, as the address has it.
const KEYS = ["verdict", "sensitivity", "risk", "classifier", "q", "sort", "page", "store", "theme", "area"];
const state = {};
const readState = () => {
  const params = new URLSearchParams(location.hash.slice(1));
  for (const key of KEYS) state[key] = params.get(key) || "";
};
const setState = (change, keepPage) => {
  const next = { ...state, ...(keepPage ? {} : { page: "" }), ...change };
  const params = new URLSearchParams(KEYS.filter((k) => next[k]).map((k) => [k, next[k]]));
  const hash = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
  history.replaceState(null, "", "#" + hash);
  readState();
  render();
};
const toggle = (key, value) => setState({ [key]: state[key] === value ? "" : value });
const showStores = (change) => { setState({ verdict: "", sensitivity: "", risk: "", classifier: "", q: "", ...change }); byId("stores").scrollIntoView(); };
const openStore = (uri) => setState({ store: uri }, true);
const storeLink = (uri) => h("a", { href: "#store=" + encodeURIComponent(uri), onclick: (e) => { e.preventDefault(); e.stopPropagation(); openStore(uri); } }, name(uri));

// How much of what was asked for is known: by bytes, all only if it is all.
const known = (c) => {
  const scope = c.listed.bytes - c.filtered.bytes - sum(Object.values(c.no_text).map((a) => a.bytes));
  const seen = c.read.bytes + c.unchanged.bytes;
  const objects = c.listed.objects - c.filtered.objects - sum(Object.values(c.no_text).map((a) => a.objects));
  const all = c.listing === "complete" && c.read.objects + c.unchanged.objects >= objects;
  return scope > 0 ? Math.min(seen / scope, all ? 1 : 0.9999) : all ? 1 : 0;
};
