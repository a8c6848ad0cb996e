import type { Department } from '../department.ts'

export const kitchen: Department = {
  category: 'Kitchen',
  brands: ['Halden', 'Copperline', 'Mill & Marrow', 'Tavola', 'Northpan', 'Osterby', 'Brightwell'],
  finishes: [
    'Brushed Steel',
    'Matte Black',
    'Cream',
    'Sage Green',
    'Copper',
    'Slate Blue',
    'Ivory',
    'Graphite',
    'Oyster',
    'Chili Red',
  ],
  closings: [
    'Comes with a ten-year guarantee.',
    'Looked after well, it outlasts the kitchen.',
    'Packed without plastic.',
    'Made to be used every day.',
  ],
  kinds: [
    {
      noun: 'Pour-over Kettle',
      dollars: [45, 120],
      says: [
        'A gooseneck spout gives a slow, even pour that coffee at home deserves.',
        'Holds its temperature for twenty minutes and never drips on the counter.',
      ],
      attributes: { capacityLitres: [0.6, 0.9, 1.2], hob: ['induction', 'gas', 'any'], powerWatts: [1000, 1200, 1500] },
    },
    {
      noun: "Chef's Knife",
      dollars: [39, 210],
      says: [
        'Forged from one piece, balanced at the bolster and ground thin behind the edge.',
        'The knife that does most of the work: onions, herbs, squash and the Sunday roast.',
      ],
      attributes: {
        bladeCm: [16, 18, 20, 24],
        steel: ['X50CrMoV15', 'VG-10', 'AUS-8'],
        handle: ['walnut', 'POM', 'ash'],
      },
    },
    {
      noun: 'Cast Iron Casserole',
      dollars: [79, 260],
      says: [
        'Heavy lid, thick walls and enamel that forgives: from hob to oven to table.',
        'Braises for hours on the smallest flame without catching at the bottom.',
      ],
      attributes: { capacityLitres: [2.4, 4.1, 5.3, 6.7], ovenSafeCelsius: [250, 260], hob: ['any'] },
    },
    {
      noun: 'Frying Pan',
      dollars: [29, 130],
      says: [
        'Heats evenly to the rim, so the eggs at the edge are done with those in the middle.',
        'Seasons as you use it; after a month nothing sticks.',
      ],
      attributes: { diameterCm: [20, 24, 28], coating: ['none', 'ceramic', 'seasoned'], hob: ['any', 'gas'] },
    },
    {
      noun: 'Stand Mixer',
      dollars: [249, 690],
      says: [
        'Kneads a two-kilo dough without walking across the worktop.',
        'Planetary motion reaches the bottom of the bowl, so nothing is left unmixed.',
      ],
      attributes: { bowlLitres: [4.3, 4.8, 6.9], speeds: [6, 8, 10], powerWatts: [500, 800, 1200] },
    },
    {
      noun: 'Pepper Mill',
      dollars: [24, 75],
      says: [
        'A steel burr with fourteen settings, from dust to cracked.',
        'Grinds with a quarter turn and leaves no ring on the tablecloth.',
      ],
      attributes: { heightCm: [14, 18, 22, 30], mechanism: ['steel', 'ceramic'] },
    },
    {
      noun: 'Storage Jar Set',
      dollars: [19, 68],
      says: [
        'Stackable jars with lids that seal by their own weight.',
        'Keeps flour dry, coffee fresh and biscuits out of sight.',
      ],
      attributes: { pieces: [3, 4, 6], material: ['borosilicate glass', 'stoneware'], airtight: [true] },
    },
    {
      noun: 'Espresso Machine',
      dollars: [189, 980],
      says: [
        'Nine bars at the group head and steam enough for two cappuccinos in a row.',
        'Ready in forty seconds, and small enough for a narrow kitchen.',
      ],
      attributes: {
        pumpBar: [9, 15],
        boiler: ['single', 'dual', 'thermoblock'],
        powerWatts: [1350, 1650],
        grinder: [true, false],
      },
    },
    {
      noun: 'Chopping Board',
      finishes: ['Beech', 'Acacia', 'Walnut', 'Oak', 'Bamboo'],
      dollars: [18, 95],
      says: [
        'End grain that is kind to edges, with a groove that catches the juice.',
        'Turns over for serving: one side for the knife, one for the cheese.',
      ],
      attributes: {
        widthCm: [30, 38, 45],
        reversible: [true, false],
      },
    },
    {
      noun: 'Kitchen Scale',
      dollars: [15, 60],
      says: [
        'Weighs to the gram up to five kilos and switches itself off.',
        'A flat glass top that wipes clean and tares at a touch.',
      ],
      attributes: { maxKg: [3, 5, 10], resolutionGrams: [0.1, 1], battery: ['AAA', 'USB-C'] },
    },
  ],
}
