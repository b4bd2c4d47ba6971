// What the scripts say, in the page's language: the page brings it as JSON (dylumo_site/script_words.py).
const words = JSON.parse(document.getElementById("words")?.content.textContent ?? "{}");

// "{name} left out" with what fills its holes.
export function say(key, holes = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (hole, name) => String(holes[name] ?? hole));
}
