import type { Department } from '../department.ts'

export const outdoor: Department = {
  category: 'Outdoor',
  brands: ['Ridgeway', 'Fellside', 'Tarn', 'High Camp', 'Juniper Trail', 'Cairn', 'Skerry'],
  finishes: ['Moss', 'Granite', 'Burnt Orange', 'Storm Blue', 'Black', 'Sand', 'Pine', 'Signal Red', 'Ash', 'Ochre'],
  closings: [
    'Repaired free of charge for as long as it lasts.',
    'Made without fluorocarbons.',
    'Weighed as you carry it, straps and bag included.',
    'Tested through a winter on the west coast.',
  ],
  kinds: [
    {
      noun: 'Two-person Tent',
      dollars: [149, 720],
      says: [
        'Up in four minutes with the wind against you, and dry by morning.',
        'Two doors, two porches and room to sit out a storm.',
      ],
      attributes: { weightGrams: [1480, 1990, 2650], seasons: [3, 4], waterColumnMm: [2000, 3000, 5000] },
    },
    {
      noun: 'Sleeping Bag',
      dollars: [79, 540],
      says: [
        'Warm where it matters, roomy where you turn.',
        'A hood that closes to a nose and a zip that does not catch.',
      ],
      attributes: {
        comfortCelsius: [10, 4, -2, -9],
        filling: ['down', 'recycled fibre'],
        weightGrams: [690, 980, 1350],
      },
    },
    {
      noun: 'Hiking Backpack',
      dollars: [69, 310],
      says: [
        'Puts the weight on the hips and air between you and it.',
        'Opens from the top for the road and from the side for the socks.',
      ],
      attributes: {
        volumeLitres: [22, 35, 50, 65],
        rainCover: [true, false],
        backLength: ['S', 'M', 'L', 'adjustable'],
      },
    },
    {
      noun: 'Camping Stove',
      dollars: [29, 190],
      says: [
        'Boils half a litre in two minutes and folds into its own pot.',
        'Simmers low enough for porridge, which few of its size do.',
      ],
      attributes: {
        fuel: ['gas', 'multi-fuel', 'alcohol'],
        powerWatts: [1800, 2600, 3000],
        weightGrams: [73, 190, 415],
      },
    },
    {
      noun: 'Trekking Pole Pair',
      dollars: [39, 180],
      says: [
        'Takes a third off the knees on the way down.',
        'Cork grips, locks that hold and a length that goes into a rucksack.',
      ],
      attributes: { material: ['aluminium', 'carbon'], foldedCm: [36, 43, 62], weightGrams: [340, 430, 520] },
    },
    {
      noun: 'Insulated Bottle',
      dollars: [22, 58],
      says: [
        'Tea that is still hot at the summit and water that is still cold at the car.',
        'A wide mouth for ice and a cap that opens with gloves on.',
      ],
      attributes: { capacityLitres: [0.5, 0.75, 1], hotHours: [8, 12, 24], bpaFree: [true] },
    },
    {
      noun: 'Headlamp',
      dollars: [25, 140],
      says: [
        'A wide beam for the tent and a long one for the path.',
        'Red light for the map, and a lock so that it stays off in the bag.',
      ],
      attributes: { lumens: [200, 400, 900], waterproof: ['IPX4', 'IPX7'], battery: ['AAA', 'USB-C'] },
    },
    {
      noun: 'Rain Jacket',
      dollars: [89, 420],
      says: [
        'Three layers that keep rain out and let climbs breathe.',
        'Packs into its own pocket and waits there for the forecast to be wrong.',
      ],
      attributes: {
        layers: [2.5, 3],
        waterColumnMm: [10000, 20000, 28000],
        sizes: [
          ['S', 'M', 'L'],
          ['XS', 'S', 'M', 'L', 'XL'],
        ],
      },
    },
    {
      noun: 'Camp Chair',
      dollars: [35, 150],
      says: [
        'Holds a tall reader off wet ground and weighs less than the book.',
        'Wide feet for sand and a pocket for the cup.',
      ],
      attributes: { maxLoadKg: [110, 130, 145], weightGrams: [890, 1250, 2400] },
    },
    {
      noun: 'Dry Bag',
      dollars: [14, 65],
      says: [
        'Roll it three times, clip it, throw it in the river.',
        'Welded seams and a window that shows where the socks went.',
      ],
      attributes: { volumeLitres: [5, 10, 20, 35], waterproof: ['IPX6', 'IPX7'], strap: [true, false] },
    },
  ],
}
