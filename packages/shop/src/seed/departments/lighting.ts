import type { Department } from '../department.ts'

export const lighting: Department = {
  category: 'Lighting',
  brands: ['Lumen & Loom', 'Solvang', 'Half Moon', 'Glimt', 'Ember House', 'Nordlys', 'Atelier Nine'],
  finishes: [
    'Brass',
    'Matte Black',
    'Opal Glass',
    'Linen',
    'Smoked Glass',
    'Chrome',
    'Terracotta',
    'White',
    'Rattan',
    'Deep Green',
  ],
  closings: [
    'Two years of guarantee.',
    'Tested by hand before it leaves.',
    'Packed without plastic.',
    'Light to live with, not under.',
  ],
  kinds: [
    {
      noun: 'Desk Lamp',
      dollars: [39, 210],
      says: [
        'Puts the light on the page and not in your eyes.',
        'Three joints that stay where they are left, and a dimmer in the base.',
      ],
      attributes: {
        socket: ['LED', 'E27'],
        lumens: [450, 800, 1000],
        dimmable: [true],
        colourTemperatureKelvin: [2700, 4000],
      },
    },
    {
      noun: 'Floor Lamp',
      dollars: [89, 480],
      says: [
        'Arches over the sofa and makes a corner worth sitting in.',
        'A warm column of light for the end of the day.',
      ],
      attributes: { heightCm: [140, 155, 182], socket: ['E27'], footSwitch: [true, false] },
    },
    {
      noun: 'Pendant Light',
      dollars: [49, 390],
      says: [
        'Hangs low over the table and keeps faces in a good light.',
        'One generous shade, or three in a row along the counter.',
      ],
      attributes: { diameterCm: [22, 35, 48], cableCm: [150, 250], socket: ['E27', 'GU10'] },
    },
    {
      noun: 'Wall Sconce',
      dollars: [35, 190],
      says: [
        'Washes the wall up and down and asks for no side table.',
        'For halls, beds and the long way to the kitchen at night.',
      ],
      attributes: { direction: ['up', 'down', 'both'], hardwired: [true, false], socket: ['G9', 'E14'] },
    },
    {
      noun: 'Bedside Lamp',
      dollars: [29, 140],
      says: [
        'Touch it once to read, twice to talk, three times to sleep.',
        'A small pool of light with a port for the telephone.',
      ],
      attributes: { touch: [true, false], usbPort: [true, false], heightCm: [28, 36, 44] },
    },
    {
      noun: 'LED Bulb Four-pack',
      finishes: ['Clear', 'Frosted', 'Amber', 'Opal'],
      dollars: [12, 44],
      says: [
        'Light like the old filament, for a tenth of the electricity.',
        'Fifteen thousand hours and no hum on a dimmer.',
      ],
      attributes: {
        socket: ['E27', 'E14', 'GU10'],
        lumens: [470, 806, 1055],
        colourTemperatureKelvin: [2200, 2700, 4000],
      },
    },
    {
      noun: 'Outdoor Lantern',
      dollars: [45, 230],
      says: ['Stands in the rain and comes on by itself at dusk.', 'Marks the path and leaves the stars alone.'],
      attributes: { waterproof: ['IP44', 'IP65'], power: ['solar', 'mains'], motionSensor: [true, false] },
    },
    {
      noun: 'String Lights',
      finishes: ['Warm White', 'Black Cable', 'White Cable', 'Amber', 'Green Cable'],
      dollars: [19, 89],
      says: [
        'Ten metres of evening for a balcony, a tent or a wedding.',
        'Bulbs that can be replaced one by one, on a cable that lies flat.',
      ],
      attributes: { lengthMetres: [5, 10, 20], bulbs: [20, 40, 100], outdoor: [true, false] },
    },
    {
      noun: 'Ceiling Light',
      dollars: [59, 340],
      says: [
        'Even light to every corner from a disc no thicker than a thumb.',
        'Flush to the ceiling, for rooms where tall people live.',
      ],
      attributes: { diameterCm: [30, 40, 60], lumens: [1800, 2600, 4200], dimmable: [true, false] },
    },
    {
      noun: 'Table Lantern',
      dollars: [29, 160],
      says: [
        'Cordless, so that dinner can move outside with the light.',
        'Charges by day and burns like a candle for two evenings.',
      ],
      attributes: { batteryHours: [9, 14, 40], waterproof: ['IP44', 'IP54'], charging: ['USB-C'] },
    },
  ],
}
