import type { Department } from '../department.ts'

export const fitness: Department = {
  category: 'Fitness',
  brands: ['Steady', 'Pulse & Pace', 'Ironside', 'Breathe', 'Northlap', 'Kinetic Works', 'Vigor'],
  finishes: ['Black', 'Graphite', 'Teal', 'Lime', 'Plum', 'Sand', 'Cobalt', 'Coral', 'White', 'Forest'],
  closings: [
    'Comes with a twelve-week plan on paper.',
    'Made to be used daily.',
    'Two years of guarantee.',
    'Tested by people who train.',
  ],
  kinds: [
    {
      noun: 'Yoga Mat',
      dollars: [29, 120],
      says: ['Grips dry hands and damp ones, and lies flat from the first day.', 'Kind to knees, honest to balance.'],
      attributes: { thicknessMm: [3, 4, 6], material: ['natural rubber', 'cork', 'TPE'], lengthCm: [178, 183, 200] },
    },
    {
      noun: 'Adjustable Dumbbell Pair',
      dollars: [149, 620],
      says: [
        'Fifteen weights in the space of one; the change takes a twist.',
        'Rounded plates that are kind to floors and shins.',
      ],
      attributes: { maxKg: [16, 24, 36], stepKg: [1, 2, 2.5] },
    },
    {
      noun: 'Kettlebell',
      dollars: [25, 160],
      says: ['One casting, a flat base and a handle that takes chalk.', 'Swing it, press it, hold the door with it.'],
      attributes: { weightKg: [8, 12, 16, 24, 32], coating: ['powder', 'vinyl', 'none'] },
    },
    {
      noun: 'Resistance Band Set',
      dollars: [15, 59],
      says: [
        'Five strengths from a stretch to a struggle.',
        'Layered, not moulded, so they wear out slowly and never snap.',
      ],
      attributes: { pieces: [3, 5], maxKg: [25, 45, 68], doorAnchor: [true, false] },
    },
    {
      noun: 'Running Belt',
      dollars: [19, 55],
      says: ['Keys, telephone, two gels and no bounce.', 'Steps on like shorts and forgets itself.'],
      attributes: { pockets: [2, 3, 4], reflective: [true], size: ['S', 'M', 'L'] },
    },
    {
      noun: 'Foam Roller',
      dollars: [19, 75],
      says: [
        'Finds the knot you did not know of, and stays until it goes.',
        'Firm core, grooved skin, ten minutes a day.',
      ],
      attributes: { lengthCm: [33, 45, 90], density: ['soft', 'medium', 'hard'] },
    },
    {
      noun: 'Skipping Rope',
      dollars: [12, 49],
      says: ['Ball bearings in the handles and a cable cut to your height.', 'A whole gym that fits in a pocket.'],
      attributes: { cable: ['steel', 'PVC', 'cotton'], lengthCm: [280, 300], weighted: [true, false] },
    },
    {
      noun: 'Sports Watch',
      dollars: [89, 520],
      says: ['Finds satellites before you find your laces.', 'Knows the pace, the pulse and when to leave you alone.'],
      attributes: { gps: [true], batteryDays: [7, 14, 21], waterproofMetres: [50, 100], heartRate: [true] },
    },
    {
      noun: 'Pull-up Bar',
      dollars: [29, 130],
      says: ['Locks into a door frame without a screw and leaves no mark.', 'Four grips, one honest exercise.'],
      attributes: { maxLoadKg: [110, 130, 150], mounting: ['door frame', 'wall', 'ceiling'] },
    },
    {
      noun: 'Gym Bag',
      dollars: [35, 150],
      says: ['Wet things in one end, shoes in the other, you in between.', 'Stands up by itself in the changing room.'],
      attributes: { volumeLitres: [25, 35, 45], wetPocket: [true, false], shoeCompartment: [true, false] },
    },
  ],
}
