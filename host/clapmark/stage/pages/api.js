// The OpenAPI description as a page.

const description = await (await fetch("/openapi.json")).json();
const add = (parent, tag, text = "") => {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
  return element;
};
const paths = document.getElementById("paths");
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, what] of Object.entries(methods)) {
    if (!what.summary) continue;
    add(paths, "h2", `${method.toUpperCase()} ${path}`);
    add(paths, "p", what.summary);
    const body = what.requestBody?.content["application/json"].schema;
    const answer = what.responses["200"].content;
    const schema = body ?? answer["application/json"]?.schema;
    if (schema?.properties) {
      const table = add(paths, "table");
      for (const [name, value] of Object.entries(schema.properties)) {
        const row = table.insertRow();
        add(row.insertCell(), "code", name);
        row.insertCell().textContent = value.enum ? value.enum.join(", ") : [value.type].flat().join(" or ");
        const cell = row.insertCell();
        for (const line of (value.description ?? "").split("\n")) add(cell, "div", line);
      }
    }
    for (const [status, each] of Object.entries(what.responses)) {
      if (status !== "200") add(paths, "p", `${status}: ${each.description}`);
    }
  }
}
