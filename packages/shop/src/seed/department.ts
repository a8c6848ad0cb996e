/** One kind of product; its variants differ in brand, finish, price and attributes. */
export interface Kind {
  readonly noun: string
  /** Where those of the department would be odd. */
  readonly finishes?: readonly string[]
  /** Whole dollars of the plainest and of the dearest variant. */
  readonly dollars: readonly [from: number, to: number]
  /** What the product is and does, one sentence each; a variant says one of them. */
  readonly says: readonly [string, string]
  /** Values by attribute; a variant has one of each. */
  readonly attributes: Readonly<Record<string, readonly unknown[]>>
}

export interface Department {
  readonly category: string
  readonly brands: readonly string[]
  /** Materials or colours as they stand in a name. */
  readonly finishes: readonly string[]
  /** What may be said of anything in the department. */
  readonly closings: readonly string[]
  readonly kinds: readonly Kind[]
}
