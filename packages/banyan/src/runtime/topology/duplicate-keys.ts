const TOKEN = /(?<text>"(?:[^"\\]|\\.)*")(?<colon>\s*:)?|[{}[\]]/g

/** Keys that stand twice in one object of a valid JSON text. A parser keeps the last of them and says nothing. */
export function duplicateKeys(json: string): string[] {
  const twice = new Set<string>()
  // Of the objects and lists around the token; a list has no keys.
  const around: Set<string>[] = []
  for (const { 0: token, groups } of json.matchAll(TOKEN)) {
    if (token === '{' || token === '[') around.push(new Set())
    else if (token === '}' || token === ']') around.pop()
    else if (groups!.colon !== undefined) noteKey(JSON.parse(groups!.text!) as string, around.at(-1)!, twice)
  }
  return [...twice]
}

function noteKey(key: string, keys: Set<string>, twice: Set<string>): void {
  if (keys.has(key)) twice.add(key)
  keys.add(key)
}
