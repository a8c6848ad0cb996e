import type { Department } from '../department.ts'

export const textiles: Department = {
  category: 'Home Textiles',
  brands: ['Loom & Field', 'Saltmarsh', 'Dovecote', 'Hearth House', 'Vallmo', 'Madder', 'Ravel'],
  finishes: ['Natural', 'Oatmeal', 'Indigo', 'Rust', 'Dusty Rose', 'Charcoal', 'Ivory', 'Ochre', 'Moss', 'Sky'],
  closings: ['Certified free of harmful dyes.', 'Made to be kept.', 'Packed without plastic.', 'Finished by hand.'],
  kinds: [
    {
      noun: 'Duvet Cover Set',
      dollars: [59, 260],
      says: [
        'Cool in July, warm in January, and never in need of an iron.',
        'Coconut buttons, deep corners and pillowcases that stay on.',
      ],
      attributes: {
        material: ['linen', 'percale', 'sateen'],
        size: ['single', 'double', 'king'],
        threadCount: [200, 300, 400],
      },
    },
    {
      noun: 'Wool Throw',
      dollars: [49, 190],
      says: [
        'Heavy enough to stay, light enough to sleep under.',
        'Spun from the wool of one valley and finished with a short fringe.',
      ],
      attributes: { widthCm: [130, 140], lengthCm: [170, 200], material: ['lambswool', 'merino', 'recycled wool'] },
    },
    {
      noun: 'Bath Towel Pair',
      dollars: [25, 90],
      says: ['Thick loops that drink, and a loop to hang it by.', 'Dries you at once and itself by the evening.'],
      attributes: { gramsPerSquareMetre: [450, 550, 700], organic: [true, false] },
    },
    {
      noun: 'Cushion Cover',
      dollars: [15, 69],
      says: [
        'A hidden zip, a good weave and a colour that gets on with others.',
        'The least costly way to a new sofa.',
      ],
      attributes: { sizeCm: [40, 50, 60], material: ['linen', 'velvet', 'bouclé'] },
    },
    {
      noun: 'Area Rug',
      dollars: [89, 890],
      says: [
        'Hand-knotted, quiet underfoot and forgiving of red wine.',
        'Flat-woven and reversible: one side for guests.',
      ],
      attributes: {
        sizeCm: ['120x180', '160x230', '200x300'],
        material: ['wool', 'jute', 'cotton'],
        pileMm: [4, 8, 14],
      },
    },
    {
      noun: 'Curtain Pair',
      dollars: [45, 280],
      says: [
        'Falls in even folds and keeps the street light where it belongs.',
        'Lined for sleepers, with a hem you can let down.',
      ],
      attributes: { widthCm: [140, 145], dropCm: [230, 260, 300], blackout: [true, false] },
    },
    {
      noun: 'Table Runner',
      dollars: [19, 75],
      says: ['Dresses a table without hiding it.', 'Stonewashed, with mitred corners and edges that lie flat.'],
      attributes: { lengthCm: [140, 180, 220], material: ['linen', 'cotton'] },
    },
    {
      noun: 'Tea Towel Trio',
      dollars: [14, 42],
      says: [
        'Three that dry glasses without lint and last for years.',
        'Jacquard-woven, so the pattern cannot wash out.',
      ],
      attributes: { pieces: [3], material: ['half linen', 'cotton'] },
    },
    {
      noun: 'Down Pillow',
      dollars: [39, 180],
      says: ['Three chambers: firm in the middle, soft to the ear.', 'Shakes up like new in the morning.'],
      attributes: { firmness: ['soft', 'medium', 'firm'], sizeCm: ['40x80', '50x70', '80x80'] },
    },
    {
      noun: 'Kitchen Apron',
      dollars: [22, 79],
      says: [
        'Crossed at the back, so nothing hangs from the neck.',
        'Two pockets, a loop for the towel and cloth that takes a splash.',
      ],
      attributes: { material: ['denim', 'canvas', 'linen'], adjustable: [true] },
    },
  ],
}
