/** The subset of XML in responses of EC2: elements and text, with attributes only on the root. */
export interface Element {
  name: string;
  /** The rest of the start tag after the name. */
  attributes: string;
  children: Element[];
  text: string;
}

export function parseXml(source: string): Element {
  const top: Element = { name: "", attributes: "", children: [], text: "" };
  const path = [top];
  for (const [, end, name = "", attributes = "", empty, text = ""] of source.matchAll(
    /<(?!\?)(\/?)([\w:.-]+)([^>]*?)(\/?)>([^<]*)/g,
  )) {
    const parent = path.at(-1);
    if (!parent) break;
    if (end) {
      path.pop();
      continue;
    }
    const element: Element = { name, attributes, children: [], text: empty ? "" : text };
    parent.children.push(element);
    if (!empty) path.push(element);
  }
  return top.children[0] ?? top;
}

export const writeXml = ({ name, attributes, children, text }: Element): string =>
  `<${name}${attributes}>${children.length > 0 ? children.map(writeXml).join("") : text}</${name}>`;

export const child = (element: Element | undefined, name: string): Element | undefined =>
  element?.children.find((each) => each.name === name);

export const items = (element: Element | undefined): Element[] =>
  element?.children.filter((each) => each.name === "item") ?? [];
