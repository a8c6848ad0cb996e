/** A committed file that is made from the sources; its test fails when it is stale. */
export interface GeneratedFile {
  readonly path: string
  readonly make: (root: string) => Promise<string>
}
