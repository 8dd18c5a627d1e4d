// Colours of figures are names of style sheet variables under keys that end in "color".
function themed(value, isColor, styles) {
  if (Array.isArray(value)) return value.map((each) => themed(each, isColor, styles));
  if (value && typeof value === "object") {
    const copy = {};
    for (const [key, each] of Object.entries(value)) {
      copy[key] = themed(each, key.endsWith("color"), styles);
    }
    return copy;
  }
  if (isColor && typeof value === "string" && value.startsWith("--")) {
    return styles.getPropertyValue(value).trim();
  }
  return value;
}

function inTheme(value) {
  return themed(value, false, getComputedStyle(document.documentElement));
}
