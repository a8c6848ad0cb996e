import type { ProductDraft } from '../products/catalogue/product.ts'
export function demoCatalogue(): readonly (ProductDraft & { onHand: number })[] {
  return []
}
