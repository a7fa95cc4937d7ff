/** A colour of the style sheets, as it is now: light or dark. */
export const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
