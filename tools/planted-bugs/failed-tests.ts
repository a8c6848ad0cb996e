/** A test that failed, as Node's spec reporter tells it at the end of a run. */
export interface FailedTest {
  readonly name: string
  /** By an assertion, also one inside a property: not because something could not be loaded, or by a stray error. */
  readonly isAssertion: boolean
  /** First line of what the assertion says. */
  readonly message: string
}

/** Reads the section `✖ failing tests:`; empty when the run broke off before it could report. */
export function parseFailedTests(output: string): readonly FailedTest[] {
  const at = output.lastIndexOf('✖ failing tests:')
  if (at < 0) return []
  const blocks = output
    .slice(at)
    .split(/^test at /m)
    .slice(1)
  return blocks.flatMap((block) => {
    const name = /^✖ (.+) \([\d.]+ms\)$/m.exec(block)?.[1]
    if (name === undefined) return []
    const assertion = /AssertionError \[ERR_ASSERTION\]: (.*)/.exec(block)
    const message = assertion?.[1] ?? block.split('\n')[2]?.trim() ?? ''
    return [{ name, isAssertion: assertion !== null, message }]
  })
}
