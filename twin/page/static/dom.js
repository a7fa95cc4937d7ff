/** Elements from data, and a page that changes only where the data did: no flicker, no lost focus. */

/**
 * An element. `props` are attributes; `on…` are listeners, which must do their work by the element's own
 * data: they stay when the element is patched.
 */
export const h = (tag, props = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(
    ...children
      .flat(Number.POSITIVE_INFINITY)
      .filter((child) => child !== undefined && child !== null && child !== false),
  );
  return element;
};

/** Whether details are open is the reader's choice. */
const own = new Set(['open']);

const patchAttributes = (old, fresh) => {
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !own.has(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (!own.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
};

const keyOf = (node) => node.nodeType === Node.ELEMENT_NODE && node.dataset.key;

const same = (old, fresh) =>
  old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && keyOf(old) === keyOf(fresh);

/** Makes the children of `parent` what `fresh` is, keeping each element that stays; keyed ones by `data-key`. */
export const patch = (parent, fresh) => {
  const keyed = new Map([...parent.childNodes].filter(keyOf).map((node) => [keyOf(node), node]));
  let place = parent.firstChild;
  for (const node of fresh) {
    const wanted = typeof node === 'string' ? document.createTextNode(node) : node;
    const key = keyOf(wanted);
    const found = key ? keyed.get(key) : place;
    if (!found || !same(found, wanted)) {
      parent.insertBefore(wanted, place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else parent.insertBefore(found, place);
    if (found.nodeType === Node.TEXT_NODE) {
      if (found.data !== wanted.data) found.data = wanted.data;
    } else {
      patchAttributes(found, wanted);
      patch(found, [...wanted.childNodes]);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
};

/** Fills the content of a section. */
export const fill = (id, ...children) =>
  patch(document.querySelector(`#${id} > .content`), children.flat(Number.POSITIVE_INFINITY).filter(Boolean));
