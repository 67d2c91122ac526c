// Stores by area: people, or bytes on a logarithmic scale so that a small public store is more than a pixel. Tiles are
// squarified (Bruls, Huizing and van Wijk, 2000): rows are filled while that makes tiles squarer.

const TILES = 200;
const AREAS = {
  people: ["People", (s) => s.subjects.estimate, (s) => people(s.subjects)],
  bytes: ["Bytes (log)", (s) => Math.log2(1 + s.coverage.listed.bytes), (s) => size(s.coverage.listed.bytes)],
};

const worstRatio = (areas, side) => {
  const total = sum(areas);
  const [big, small] = [Math.max(...areas), Math.min(...areas)];
  return Math.max(side * side * big / (total * total), total * total / (side * side * small));
};

// Tiles as {x, y, w, h} for areas, largest first, that fill a box.
const squarify = (areas, box) => {
  const out = [];
  let { x, y, w, h: height } = box;
  for (let at = 0; at < areas.length;) {
    const side = Math.min(w, height);
    let end = at + 1;
    while (end < areas.length && worstRatio(areas.slice(at, end + 1), side) <= worstRatio(areas.slice(at, end), side)) end += 1;
    const strip = areas.slice(at, end);
    const thick = sum(strip) / side;
    let along = 0;
    for (const area of strip) {
      const long = area / thick;
      out.push(w >= height ? { x, y: y + along, w: thick, h: long } : { x: x + along, y, w: long, h: thick });
      along += long;
    }
    if (w >= height) { x += thick; w -= thick; } else { y += thick; height -= thick; }
    at = end;
  }
  return out;
};

const renderArea = () => {
  const by = state.area in AREAS ? state.area : data.stores.some((s) => s.subjects.estimate > 0) ? "people" : "bytes";
  const [, weigh, label] = AREAS[by];
  const stores = [...data.stores].sort(byUrgency).slice(0, TILES);
  byId("area-section").hidden = stores.length < 2;
  fill("area-by", Object.entries(AREAS).map(([key, [text]]) => h("button", { type: "button", "aria-pressed": String(key === by), onclick: () => setState({ area: key }, true) }, text)));
  const total = sum(stores.map(weigh)) || 1;
  // Nothing is smaller than this share, so that each store can be seen and picked.
  const weights = stores.map((s) => ({ s, weight: Math.max(weigh(s) / total, 0.35 / Math.max(stores.length, 20)) })).sort((a, b) => b.weight - a.weight);
  const box = { x: 0, y: 0, w: byId("area").clientWidth || 1200, h: 260 };
  const scale = box.w * box.h / sum(weights.map((t) => t.weight));
  const tiles = squarify(weights.map((t) => t.weight * scale), box);
  fill("area", tiles.map((t, i) => {
    const s = weights[i].s;
    const room = t.w > 70 && t.h > 24;
    return h("button", {
      type: "button", class: "r-" + atWorst(s.risk), title: inert(`${s.uri}: ${atWorst(s.risk)} risk, ${label(s) || size(s.coverage.listed.bytes)}`), "aria-label": inert(`${s.uri}, ${atWorst(s.risk)} risk`), onclick: () => openStore(s.uri),
      css: { left: 100 * t.x / box.w + "%", top: t.y + "px", width: 100 * t.w / box.w + "%", height: t.h + "px" },
    }, room && h("b", {}, s.uri.replace(/^\w+:\/+/, "")), room && t.h > 44 && h("span", {}, label(s)));
  }));
};
