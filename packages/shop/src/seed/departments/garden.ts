import type { Department } from '../department.ts'

export const garden: Department = {
  category: 'Garden',
  brands: ['Thornbury', 'Greenhouse No. 4', 'Hedge & Spade', 'Rowan', 'Potting Shed', 'Waterfall', 'Allotment'],
  finishes: [
    'Ash Wood',
    'Galvanised',
    'Forest Green',
    'Terracotta',
    'Black Steel',
    'Stainless',
    'Cedar',
    'Stone Grey',
    'Copper',
    'Cream',
  ],
  closings: [
    'Made for many seasons.',
    'Packed without plastic.',
    'Five years of guarantee.',
    'Made to be left outdoors.',
  ],
  kinds: [
    {
      noun: 'Digging Spade',
      dollars: [35, 120],
      says: [
        'Treads that spare the boot and a blade that goes through roots.',
        'Balanced so that the last hour is like the first.',
      ],
      attributes: { lengthCm: [98, 105, 114], blade: ['carbon steel', 'stainless'], weightGrams: [1700, 1950, 2200] },
    },
    {
      noun: 'Pruning Shears',
      dollars: [22, 95],
      says: [
        'A clean cut through a thumb-thick branch and a spring that stays in.',
        'Opens with one hand, locks with a finger.',
      ],
      attributes: { type: ['bypass', 'anvil'], maxBranchMm: [18, 22, 25], hand: ['right', 'left'] },
    },
    {
      noun: 'Watering Can',
      dollars: [19, 85],
      says: [
        'A long reach, a fine rose and a balance point at the half-full mark.',
        'Pours without a splash on the leaves.',
      ],
      attributes: { capacityLitres: [3, 5, 9], rose: ['brass', 'steel'] },
    },
    {
      noun: 'Raised Bed',
      dollars: [69, 320],
      says: [
        'Lettuce at the height of the hand and snails at a disadvantage.',
        'Slots together in an afternoon and grows by another ring next year.',
      ],
      attributes: { lengthCm: [100, 120, 180], heightCm: [25, 40, 80], material: ['larch', 'steel', 'cedar'] },
    },
    {
      noun: 'Plant Pot',
      dollars: [12, 140],
      says: [
        'Breathes through the wall and stands through the frost.',
        'A pot with a saucer that fits, which is rarer than it sounds.',
      ],
      attributes: { diameterCm: [18, 26, 34, 45], drainage: [true], frostProof: [true, false] },
    },
    {
      noun: 'Garden Hose',
      finishes: ['Forest Green', 'Stone Grey', 'Black', 'Cream'],
      dollars: [29, 140],
      says: ['Does not kink, does not curl and does not leave the tap.', 'Twenty metres that roll up behind you.'],
      attributes: { lengthMetres: [15, 20, 30], diameterInches: [0.5, 0.75], drinkingWaterSafe: [true, false] },
    },
    {
      noun: 'Bird Feeder',
      dollars: [18, 75],
      says: ['Seed stays dry, squirrels stay puzzled.', 'Four perches and a roof that lifts for cleaning.'],
      attributes: { capacityLitres: [0.8, 1.4, 2.5], mounting: ['hanging', 'post', 'window'] },
    },
    {
      noun: 'Garden Bench',
      dollars: [129, 640],
      says: ['Two people, one view, and wood that turns silver on its own.', 'Curved where backs are.'],
      attributes: { widthCm: [120, 150, 180], maxLoadKg: [240, 320], seats: [2, 3] },
    },
    {
      noun: 'Wheelbarrow',
      dollars: [79, 260],
      says: ['Tips where you mean it to and turns between two beds.', 'One solid tyre that no thorn has beaten yet.'],
      attributes: { capacityLitres: [80, 100, 120], maxLoadKg: [120, 160, 200], tyre: ['solid', 'air'] },
    },
    {
      noun: 'Cold Frame',
      dollars: [49, 210],
      says: [
        'Adds six weeks at either end of the year.',
        'A lid that props open at three heights, and panes that do not shatter.',
      ],
      attributes: { widthCm: [80, 100, 120], panes: ['polycarbonate', 'glass'], foldable: [true, false] },
    },
  ],
}
