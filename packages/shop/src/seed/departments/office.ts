import type { Department } from '../department.ts'

export const office: Department = {
  category: 'Office',
  brands: ['Deskwright', 'Fennimore', 'Paperbark', 'Lindholm', 'Quire & Co', 'Stilla', 'Margin'],
  finishes: [
    'Walnut',
    'Light Oak',
    'Black',
    'Soft White',
    'Slate Grey',
    'Navy',
    'Olive',
    'Sand',
    'Terracotta',
    'Birch',
  ],
  closings: [
    'Packed without plastic.',
    'Five years of guarantee.',
    'Looks better with every year.',
    'Delivered in recycled card.',
  ],
  kinds: [
    {
      noun: 'Height-adjustable Desk',
      dollars: [329, 990],
      says: [
        'Rises from sitting to standing in eleven seconds and remembers four heights.',
        'Two quiet motors, a cable tray underneath and not a wobble at full height.',
      ],
      attributes: { widthCm: [120, 140, 160, 180], maxLoadKg: [70, 100, 125], motors: [1, 2] },
    },
    {
      noun: 'Task Chair',
      finishes: ['Black', 'White', 'Slate Grey', 'Navy', 'Olive', 'Sand'],
      dollars: [159, 780],
      says: [
        'Moves with you: seat and back tilt in step, so feet stay on the floor.',
        'A mesh back for long afternoons and arms that get out of the way.',
      ],
      attributes: { armrests: ['fixed', '3D', '4D'], maxLoadKg: [110, 130, 150], castors: ['hard floor', 'carpet'] },
    },
    {
      noun: 'Monitor Arm',
      finishes: ['Black', 'White', 'Slate Grey', 'Navy', 'Olive', 'Sand'],
      dollars: [49, 190],
      says: [
        'Lifts the screen to eye level and gives the desk back underneath.',
        'A gas spring holds the screen wherever one finger puts it.',
      ],
      attributes: {
        maxInches: [27, 32, 40],
        maxLoadKg: [8, 9, 15],
        mount: ['clamp', 'grommet'],
        vesa: ['75x75', '100x100'],
      },
    },
    {
      noun: 'Mechanical Keyboard',
      finishes: ['Black', 'White', 'Slate Grey', 'Navy', 'Olive', 'Sand'],
      dollars: [79, 240],
      says: [
        'Tactile switches, dyed keycaps and a case that does not ring.',
        'Compact enough to bring the mouse closer, complete enough to keep the arrows.',
      ],
      attributes: {
        layout: ['60 %', '75 %', 'full'],
        switches: ['brown', 'red', 'silent red'],
        wireless: [true, false],
      },
    },
    {
      noun: 'Wireless Mouse',
      finishes: ['Black', 'White', 'Slate Grey', 'Navy', 'Olive', 'Sand'],
      dollars: [29, 120],
      says: [
        'Shaped for a relaxed hand, with a wheel that flies through long pages.',
        'Pairs with three computers and changes between them at a click.',
      ],
      attributes: {
        dpi: [1600, 4000, 8000],
        hand: ['right', 'left', 'either'],
        battery: ['USB-C', 'AA'],
        weightGrams: [79, 99, 135],
      },
    },
    {
      noun: 'Desk Organiser',
      dollars: [22, 85],
      says: [
        'A place for pens, cards, keys and the telephone that would otherwise lie anywhere.',
        'Milled from the solid, with a felt base that leaves the desk unmarked.',
      ],
      attributes: { widthCm: [24, 32, 40], compartments: [3, 5, 7] },
    },
    {
      noun: 'Hardcover Notebook',
      finishes: ['Black', 'White', 'Slate Grey', 'Navy', 'Olive', 'Sand'],
      dollars: [12, 38],
      says: [
        'Lies flat from the first page to the last and takes ink without bleeding.',
        'Numbered pages, two ribbons and a pocket for what is found on the way.',
      ],
      attributes: {
        format: ['A6', 'A5', 'B5'],
        ruling: ['dotted', 'ruled', 'plain', 'squared'],
        pages: [160, 192, 249],
      },
    },
    {
      noun: 'Fountain Pen',
      finishes: ['Black', 'White', 'Slate Grey', 'Navy', 'Olive', 'Sand'],
      dollars: [25, 180],
      says: [
        'Starts at the first stroke, even after a week in a pocket.',
        'A springy steel nib and a barrel that posts without losing its balance.',
      ],
      attributes: { nib: ['EF', 'F', 'M', 'B'], filling: ['cartridge', 'converter', 'piston'] },
    },
    {
      noun: 'Filing Cabinet',
      finishes: ['Black', 'White', 'Slate Grey', 'Navy', 'Olive', 'Sand'],
      dollars: [99, 340],
      says: [
        'Three drawers that close softly and lock with one key.',
        'Fits under the desk and rolls out when it is needed.',
      ],
      attributes: { drawers: [2, 3, 4], lockable: [true], widthCm: [39, 42] },
    },
    {
      noun: 'Webcam',
      finishes: ['Black', 'White', 'Slate Grey', 'Navy', 'Olive', 'Sand'],
      dollars: [45, 190],
      says: [
        'A true picture in poor light, and a shutter for when the meeting is over.',
        'Keeps you in the frame when you lean back to think.',
      ],
      attributes: { resolution: ['1080p', '1440p', '4K'], framesPerSecond: [30, 60], fieldDegrees: [65, 78, 90] },
    },
  ],
}
