import type { Department } from '../department.ts'

export const workshop: Department = {
  category: 'Workshop',
  brands: ['Anvil & Oak', 'Torque', 'Benchmark', 'Sawtooth', 'Plumb', 'Millwright', 'Hilt'],
  finishes: [
    'Classic',
    'Compact',
    'Heavy-duty',
    'Black Oxide',
    'Professional',
    'Site',
    'Slimline',
    'Workshop Red',
    'Mark II',
    'Master',
  ],
  closings: [
    'Every part can be ordered one by one.',
    'Guaranteed for the life of its first owner.',
    'Made to be oiled, used and handed on.',
    'Packed without plastic.',
  ],
  kinds: [
    {
      noun: 'Drill Driver',
      dollars: [79, 360],
      says: [
        'Two gears, twenty clutch steps and a chuck that holds.',
        'Short enough for cabinets and strong enough for joists.',
      ],
      attributes: { volts: [12, 18], torqueNm: [30, 55, 85], brushless: [true, false], batteryAh: [2, 4, 5] },
    },
    {
      noun: 'Screwdriver Set',
      dollars: [19, 120],
      says: [
        'Tips that fit their screws, so that both stay whole.',
        'Handles that roll to your hand and not off the bench.',
      ],
      attributes: { pieces: [6, 8, 12], insulatedVolts: [0, 1000], magnetic: [true, false] },
    },
    {
      noun: 'Socket Set',
      dollars: [39, 290],
      says: [
        'A fine-toothed ratchet for tight corners, and every size between ten and eleven.',
        'Six points, deep walls and numbers you can read in the dark.',
      ],
      attributes: { pieces: [29, 46, 94, 172], drive: ['1/4"', '3/8"', '1/2"'], teeth: [72, 90] },
    },
    {
      noun: 'Japanese Pull Saw',
      dollars: [25, 110],
      says: [
        'Cuts on the pull, thin as a visiting card and straight as the line.',
        'Two edges: one with the grain, one across.',
      ],
      attributes: { bladeMm: [180, 240, 265], teethPerInch: [9, 15, 22], replaceableBlade: [true] },
    },
    {
      noun: 'Block Plane',
      dollars: [45, 220],
      says: [
        'Takes a shaving you can read through.',
        'Fits the palm, trims the door and comes out again for the drawer.',
      ],
      attributes: { angleDegrees: [12, 20], bladeMm: [35, 41], adjustableMouth: [true, false] },
    },
    {
      noun: 'Digital Caliper',
      dollars: [25, 150],
      says: [
        'Reads to a hundredth and comes back to zero.',
        'Inside, outside, depth and step, in millimetres or inches.',
      ],
      attributes: { rangeMm: [150, 200, 300], resolutionMm: [0.01, 0.02], waterproof: ['IP54', 'IP67'] },
    },
    {
      noun: 'Bar Clamp Pair',
      dollars: [25, 130],
      says: ['Holds like a vice and lets go at the push of a button.', 'Pads that leave the pine unmarked.'],
      attributes: { openingMm: [300, 600, 900], forceKg: [140, 270, 500] },
    },
    {
      noun: 'Claw Hammer',
      dollars: [18, 85],
      says: [
        'A straight claw, a true face and a shaft that swallows the shock.',
        'Drives in four strokes and pulls in one.',
      ],
      attributes: { weightGrams: [450, 570, 680], handle: ['hickory', 'fibreglass', 'steel'] },
    },
    {
      noun: 'Workbench',
      dollars: [159, 780],
      says: [
        'Heavy where it stands and flat where you work.',
        'A face vice, two rows of dog holes and a shelf for the planes.',
      ],
      attributes: { lengthCm: [120, 150, 180], maxLoadKg: [200, 300, 450], material: ['beech', 'birch plywood'] },
    },
    {
      noun: 'Tool Chest',
      dollars: [69, 540],
      says: ['Drawers on bearings that open fully and stay there.', 'Locks with one bar and rolls with one hand.'],
      attributes: { drawers: [3, 5, 7], lockable: [true], castors: [true, false] },
    },
  ],
}
