import { segmentsOf } from './text.js'

/** Builds a DOM node; attributes that are `false` and children that are falsy are left out. */
export function element(name, attributes, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) node.setAttribute(key, value === true ? '' : String(value))
  }
  node.append(...children.filter((child) => child))
  return node
}

/** A path that breaks between its segments, not within a word. */
export function breakable(path) {
  return segmentsOf(path).flatMap((segment, index) => (index > 0 ? [element('wbr', {}), segment] : [segment]))
}

/** Text in which `backticks` mark code. */
export function prose(text) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part))
}
