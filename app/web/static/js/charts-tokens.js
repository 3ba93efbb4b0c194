// Colours and faces of the design tokens for canvas, read again when the theme changes.

const NAMES = {
  importLine: "--grid-import",
  feedInLine: "--grid-export",
  importText: "--import-text",
  feedInText: "--export-text",
  axis: "--axis",
  grid: "--gridline",
  zero: "--line-strong",
  now: "--now",
  nowText: "--bg",
  text: "--text",
  hatch: "--hatch",
  below: "--price-0",
  surface: "--surface",
};

/** The present values of the tokens. */
export function readTokens() {
  const style = getComputedStyle(document.documentElement);
  const tokens = Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, style.getPropertyValue(name).trim()]));
  tokens.band = Number(style.getPropertyValue("--chart-band")) || 0.16;
  tokens.font = getComputedStyle(document.body).fontFamily;
  return tokens;
}

/** Call `change` whenever the tokens may have other values. */
export function onThemeChange(change) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
  new MutationObserver(change).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
}

/** Lines at 45 degrees, as the hatch pattern of the sprite. */
export function hatching(context, colour, ratio) {
  const size = Math.round(8 * ratio);
  const tile = new OffscreenCanvas(size, size);
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = ratio;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}
