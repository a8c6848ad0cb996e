/** Collects the values of one section of `components`, each once, and refers to them. */
export interface NamedComponents<Value extends object> {
  /** Equal values share a name; another value under the same name gets a suffix (`ProductV1`). */
  refer(name: string, version: number, value: Value): { readonly $ref: string }
  all(): Readonly<Record<string, Value>>
}

export function createNamedComponents<Value extends object>(section: string): NamedComponents<Value> {
  const byName = new Map<string, { readonly value: Value; readonly text: string }>()

  function place(base: string, version: number, value: Value): string {
    const text = JSON.stringify(value)
    for (const name of candidates(base, version)) {
      const known = byName.get(name)
      if (known && known.text !== text) continue
      byName.set(name, { value, text })
      return name
    }
    throw new Error('unreachable: the candidates never end')
  }

  return {
    refer: (name, version, value) => {
      const allowed = name.replaceAll(/[^A-Za-z0-9._-]/g, '-')
      return { $ref: `#/components/${section}/${place(allowed, version, value)}` }
    },
    all: () => Object.fromEntries([...byName].map(([name, { value }]) => [name, value])),
  }
}

function* candidates(base: string, version: number): Generator<string> {
  yield base
  yield `${base}V${version}`
  for (let count = 2; ; count++) yield `${base}V${version}-${count}`
}
