export { shop as app } from 'shop'
