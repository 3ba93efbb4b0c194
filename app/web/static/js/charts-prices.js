// The price chart: import and feed-in as steps over [start, end). uPlot keeps scales, axes and cursor; the steps are drawn here,
// because their line tells how sure a price is.

import { hatching, onThemeChange, readTokens } from "./charts-tokens.js";

const HEIGHT = 304;
const TOP = 8;
const CUT_C = 80; // a spike does not flatten the day
const LEAST_TOP_C = 20;
const CUT_BELOW_C = -20;
const NARROW = 480;
const CHANNELS = [
  { key: "import", range: "import_range", line: "importLine", text: "importText", name: "Import" },
  { key: "feed_in", range: "feed_in_range", line: "feedInLine", text: "feedInText", name: "Feed-in" },
];

const box = document.querySelector("[data-prices]");
const values = document.querySelector("[data-values]");
const unit = values.dataset.unit;
const MINUS = "\u2212";
const THIN = "\u202f";

let tokens = readTokens();
let day = null;
let chart = null;
let index = null; // of the interval under the cursor
let said = [...values.childNodes].map((node) => node.cloneNode(true)); // what stands there without a cursor

load();
document.addEventListener("powersync:renewed", load);
onThemeChange(() => {
  tokens = readTokens();
  chart?.redraw(false, true);
});

async function load() {
  let fresh;
  try {
    const answer = await fetch(box.dataset.prices, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    fresh = await answer.json();
  } catch {
    return; // the page tells when PowerSync does not answer; the chart keeps what it has
  }
  if (!fresh.intervals.length) return;
  day = fresh;
  if (chart) update();
  else draw();
}

function update() {
  const kept = index;
  chart.setData(columns(), false);
  chart.batch(setScales);
  index = null;
  if (kept !== null && kept < day.intervals.length && document.activeElement === box) moveTo(kept);
  else showPresent();
}

function draw() {
  box.replaceChildren();
  chart = new uPlot(options(), columns(), box);
  chart.batch(setScales);
  chart.root.setAttribute("aria-hidden", "true");
  new ResizeObserver(() => {
    if (box.clientWidth && box.clientWidth !== chart.width) chart.setSize({ width: box.clientWidth, height: HEIGHT });
  }).observe(box);
  box.setAttribute("aria-valuemax", String(day.intervals.length - 1));
  box.addEventListener("keydown", onKey);
  box.addEventListener("focus", () => index === null && moveTo(present()));
  box.addEventListener("blur", () => leave());
  showPresent();
}

// Data and scales

function columns() {
  const middles = day.intervals.map((each) => (each.start + each.end) / 2);
  return [middles, ...CHANNELS.map(({ key }) => day.intervals.map((each) => within(each[key])))];
}

function within(price) {
  return price === null ? null : Math.min(Math.max(price, CUT_BELOW_C), CUT_C);
}

function extent() {
  const known = day.intervals.flatMap((each) => [each.import, each.feed_in, ...(each.import_range ?? []), ...(each.feed_in_range ?? [])]);
  const prices = known.filter((price) => price !== null).map(within);
  const least = Math.min(0, ...prices);
  const step = Math.max(LEAST_TOP_C, ...prices) > 40 ? 20 : 10;
  return { top: Math.max(LEAST_TOP_C, Math.ceil(Math.max(...prices) / step) * step), bottom: Math.floor(least / 10) * 10, step };
}

function setScales() {
  const { top, bottom } = extent();
  chart.setScale("x", { min: day.from, max: day.to });
  chart.setScale("y", { min: bottom, max: top });
}

function options() {
  const font = `12px ${tokens.font}`;
  return {
    width: box.clientWidth,
    height: HEIGHT,
    padding: [TOP, 0, 0, 0],
    legend: { show: false },
    scales: { x: { time: false, auto: false }, y: { auto: false } },
    series: [{}, ...CHANNELS.map(({ line }) => ({ scale: "y", stroke: () => tokens[line], paths: () => null, points: { show: false } }))],
    axes: [
      {
        scale: "x",
        size: 22,
        gap: 4,
        font,
        stroke: () => tokens.axis,
        grid: { show: false },
        ticks: { show: false },
        splits: (plot) => hours(plot).map((tick) => tick.at),
        values: (plot) => hours(plot).map((tick) => tick.label),
      },
      {
        scale: "y",
        size: 40,
        gap: 8,
        font,
        stroke: () => tokens.axis,
        grid: { stroke: () => tokens.grid, width: 1 },
        ticks: { show: false },
        splits: () => {
          const { top, bottom, step } = extent();
          const marks = [];
          for (let price = Math.ceil(bottom / step) * step; price <= top; price += step) marks.push(price);
          return marks;
        },
        values: (_plot, marks) => marks.map((price) => figure(price, 0)),
      },
    ],
    cursor: {
      drag: { setScale: false, x: false, y: false },
      y: false,
      dataIdx: (plot, _series, _closest, at) => intervalAt(at),
      points: { size: 9, width: 0, fill: (_plot, series) => tokens[CHANNELS[series - 1].line] },
    },
    hooks: { drawClear: [drawGround], draw: [drawPrices], setCursor: [onCursor] },
  };
}

/** The hours that have room; a new day always has its name. */
function hours(plot) {
  const every = plot.width < NARROW ? 6 : 3;
  return day.ticks.filter((tick) => tick.is_day || tick.hour % every === 0);
}

// Drawing, in pixels of the canvas

function drawGround(plot) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  const zero = plot.valToPos(0, "y", true);
  if (zero < bbox.top + bbox.height) {
    ctx.globalAlpha = 0.08;
    ctx.fillStyle = tokens.below;
    ctx.fillRect(bbox.left, zero, bbox.width, bbox.top + bbox.height - zero);
  }
  ctx.globalAlpha = 0.5;
  for (const run of runsOf((each) => each.style === "estimate")) {
    const [left, right] = [x(plot, run[0].start), x(plot, run.at(-1).end)];
    ctx.fillStyle = hatching(ctx, tokens.hatch, ratio);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

function drawPrices(plot) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  line(plot, plot.valToPos(0, "y", true), null, tokens.zero, 1, []);
  for (const tick of day.ticks.filter((each) => each.is_day && each.at > day.from)) line(plot, null, x(plot, tick.at), tokens.zero, 1, [2, 3]);
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.save();
  ctx.clip();
  for (const channel of CHANNELS) drawBand(plot, channel);
  for (const channel of [...CHANNELS].reverse()) drawSteps(plot, channel);
  ctx.restore();
  const taken = drawNow(plot, ratio);
  drawCuts(plot, ratio, taken);
  ctx.restore();
}

/** A rule across the plot: at height `y`, or at `left`. */
function line(plot, y, left, colour, width, dashes) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width * ratio;
  ctx.setLineDash(dashes.map((each) => each * ratio));
  ctx.beginPath();
  ctx.moveTo(left ?? bbox.left, y ?? bbox.top);
  ctx.lineTo(left ?? bbox.left + bbox.width, y ?? bbox.top + bbox.height);
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawBand(plot, { range, line: colour }) {
  const { ctx } = plot;
  ctx.globalAlpha = tokens.band;
  ctx.fillStyle = tokens[colour];
  for (const each of day.intervals) {
    if (!each[range]) continue;
    const [low, high] = each[range].map((price) => plot.valToPos(price, "y", true));
    ctx.fillRect(x(plot, each.start), high, x(plot, each.end) - x(plot, each.start), low - high);
  }
  ctx.globalAlpha = 1;
}

/** One path per run of the same sureness; a run begins where the one before it ended, so that the step between them is drawn. */
function drawSteps(plot, { key, line: colour }) {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const pens = { actual: [2, []], forecast: [1.5, []], estimate: [1.5, [4, 4]] };
  ctx.strokeStyle = tokens[colour];
  ctx.lineJoin = "round";
  let before = null;
  for (const style of ["actual", "forecast", "estimate"]) {
    const [width, dashes] = pens[style];
    ctx.lineWidth = width * ratio;
    ctx.setLineDash(dashes.map((each) => each * ratio));
    ctx.beginPath();
    before = null;
    for (const each of day.intervals) {
      const price = each[key];
      if (price !== null && each.style === style) {
        const height = plot.valToPos(price, "y", true);
        if (before?.end === each.start) {
          if (before.style !== style) ctx.moveTo(x(plot, each.start), plot.valToPos(before[key], "y", true));
          ctx.lineTo(x(plot, each.start), height);
        } else ctx.moveTo(x(plot, each.start), height);
        ctx.lineTo(x(plot, each.end), height);
      }
      before = price === null ? null : each;
    }
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

/** The line of this moment with its time; returns the space that the tag takes. */
function drawNow(plot, ratio) {
  if (day.now === null || day.now < day.from || day.now > day.to) return null;
  const { ctx, bbox } = plot;
  const left = x(plot, day.now);
  line(plot, null, left, tokens.now, 1.5, []);
  const words = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: day.zone }).format(day.now * 1000);
  ctx.font = `650 ${12 * ratio}px ${tokens.font}`;
  const width = ctx.measureText(words).width + 10 * ratio;
  const tag = { left: Math.min(Math.max(left - width / 2, bbox.left), bbox.left + bbox.width - width), top: bbox.top - TOP * ratio, width, height: 18 * ratio };
  ctx.fillStyle = tokens.now;
  ctx.beginPath();
  ctx.roundRect(tag.left, tag.top, tag.width, tag.height, 4 * ratio);
  ctx.fill();
  ctx.fillStyle = tokens.nowText;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(words, tag.left + tag.width / 2, tag.top + tag.height / 2 + ratio * 0.5);
  return tag;
}

/** Where the line leaves the plot, its true height stands beside it. */
function drawCuts(plot, ratio, tag) {
  const { ctx, bbox } = plot;
  const taken = tag ? [tag] : [];
  ctx.font = `600 ${12 * ratio}px ${tokens.font}`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  const { bottom } = extent();
  for (const channel of CHANNELS) {
    for (const isHigh of [true, false]) {
      const beyond = (each) => each[channel.key] !== null && (isHigh ? each[channel.key] > CUT_C : each[channel.key] < Math.min(bottom, CUT_BELOW_C));
      for (const run of joined(plot, runsOf(beyond), 60 * ratio)) {
        const prices = run.filter(beyond).map((each) => each[channel.key]);
        const words = `${channel.name} to ${figure(isHigh ? Math.max(...prices) : Math.min(...prices), 0)}${THIN}${unit}`;
        const width = ctx.measureText(words).width;
        const spot = freeSpot(plot, run, width, ratio, taken, isHigh);
        if (!spot) continue;
        taken.push(spot);
        ctx.fillStyle = tokens.surface;
        ctx.globalAlpha = 0.85;
        ctx.fillRect(spot.left - 2 * ratio, spot.top - ratio, spot.width + 4 * ratio, spot.height);
        ctx.globalAlpha = 1;
        ctx.fillStyle = tokens[channel.text];
        ctx.fillText(words, spot.left, spot.top);
      }
    }
  }
}

/** Left of the run, else right of it, at the first height that nothing else takes. */
function freeSpot(plot, run, width, ratio, taken, isHigh) {
  const { bbox } = plot;
  const gap = 8 * ratio;
  const height = 15 * ratio;
  const places = [x(plot, run[0].start) - gap - width, x(plot, run.at(-1).end) + gap];
  for (let row = 0; row < 6; row += 1) {
    const top = isHigh ? bbox.top + 4 * ratio + row * height : bbox.top + bbox.height - (row + 1) * height;
    for (const left of places) {
      const spot = { left, top, width, height };
      if (left < bbox.left || left + width > bbox.left + bbox.width) continue;
      if (!taken.some((other) => overlap(spot, other, gap / 2))) return spot;
    }
  }
  return null;
}

function overlap(a, b, gap) {
  return a.left < b.left + b.width + gap && b.left < a.left + a.width + gap && a.top < b.top + b.height && b.top < a.top + a.height;
}

function runsOf(belongs) {
  const runs = [];
  let run = null;
  for (const each of day.intervals) {
    if (!belongs(each)) run = null;
    else if (run) run.push(each);
    else runs.push((run = [each]));
  }
  return runs;
}

/** Runs that lie close together are one spike to the eye: one label tells the highest. */
function joined(plot, runs, gap) {
  const together = [];
  for (const run of runs) {
    const before = together.at(-1);
    if (before && x(plot, run[0].start) - x(plot, before.at(-1).end) < gap) before.push(...run);
    else together.push([...run]);
  }
  return together;
}

function x(plot, instant) {
  return Math.round(plot.valToPos(instant, "x", true));
}

// Cursor and words

function intervalAt(instant) {
  const found = day.intervals.findIndex((each) => instant >= each.start && instant < each.end);
  return found >= 0 ? found : instant < day.from ? 0 : day.intervals.length - 1;
}

/** The interval of this moment, else the first. */
function present() {
  return day.now === null ? 0 : intervalAt(day.now);
}

function onCursor(plot) {
  if (plot.cursor.left === undefined || plot.cursor.left < 0 || plot.cursor.idx === null) {
    if (document.activeElement !== box) showPresent();
    return;
  }
  index = plot.cursor.idx;
  say(day.intervals[index]);
}

function moveTo(next) {
  const each = day.intervals[next];
  chart.setCursor({ left: chart.valToPos((each.start + each.end) / 2, "x"), top: 0 });
}

function leave() {
  chart.setCursor({ left: -10, top: -10 });
  showPresent();
}

function onKey(event) {
  const last = day.intervals.length - 1;
  const here = index ?? present();
  const to = { ArrowLeft: here - 1, ArrowRight: here + 1, PageUp: here - 12, PageDown: here + 12, Home: 0, End: last }[event.key];
  if (event.key === "Escape") leave();
  if (to === undefined) return;
  event.preventDefault();
  moveTo(Math.min(Math.max(to, 0), last));
}

/** Without a cursor: the running interval, or what the page said at first. */
function showPresent() {
  index = null;
  const running = day.now === null ? undefined : day.intervals.find((each) => each.start <= day.now && day.now < each.end);
  if (running) say(running);
  else values.replaceChildren(...said.map((node) => node.cloneNode(true)));
}

function say(each) {
  const parts = CHANNELS.map(({ key, range, name }) => {
    const part = document.createElement("span");
    part.className = "nowrap";
    const strong = document.createElement("strong");
    strong.textContent = `${name.toLowerCase()} ${each[key] === null ? "—" : `${figure(each[key], 1)}${THIN}${unit}`}`;
    part.append(strong);
    if (each[range]) part.append(` (${figure(each[range][0], 0)} to ${figure(each[range][1], 0)})`);
    return part;
  });
  values.replaceChildren(`${each.span}, ${each.kind}: `, parts[0], " ", parts[1]);
  box.setAttribute("aria-valuenow", String(day.intervals.indexOf(each)));
  box.setAttribute("aria-valuetext", values.textContent);
}

/** A number with a true minus sign and never −0. */
function figure(price, digits) {
  const text = Math.abs(price).toFixed(digits);
  return price < 0 && Number(text) !== 0 ? MINUS + text : text;
}
