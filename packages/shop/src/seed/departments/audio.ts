import type { Department } from '../department.ts'

export const audio: Department = {
  category: 'Audio',
  brands: ['Resonant', 'Kestrel Audio', 'Bluenote', 'Harbour Sound', 'Overtone', 'Lumen', 'Fjell'],
  finishes: [
    'Black',
    'Silver',
    'Walnut',
    'White',
    'Midnight Blue',
    'Forest Green',
    'Rose',
    'Graphite',
    'Champagne',
    'Burgundy',
  ],
  closings: [
    'Packed without plastic.',
    'Two years of guarantee.',
    'Every part can be repaired.',
    'Tested by hand before it leaves.',
  ],
  kinds: [
    {
      noun: 'Over-ear Headphones',
      dollars: [89, 420],
      says: [
        'Shuts out the train and lets the doorbell through.',
        'Soft on the ears for a whole flight, with sound that stays open and calm.',
      ],
      attributes: {
        noiseCancelling: [true, false],
        batteryHours: [30, 40, 60],
        bluetooth: ['5.2', '5.3'],
        weightGrams: [220, 254, 290],
      },
    },
    {
      noun: 'True Wireless Earbuds',
      dollars: [49, 280],
      says: [
        'Small enough to forget, with a case that charges them three times over.',
        'Clear calls in the wind and a seal that survives a run.',
      ],
      attributes: { noiseCancelling: [true, false], batteryHours: [6, 8, 10], waterproof: ['IPX4', 'IPX7'] },
    },
    {
      noun: 'Bookshelf Speaker Pair',
      dollars: [149, 890],
      says: [
        'A wide stage from a small cabinet, at home on a shelf or on stands.',
        'Paper cones, silk domes and a crossover that stays out of the way.',
      ],
      attributes: { wooferInches: [4, 5.25, 6.5], active: [true, false], sensitivityDb: [84, 86, 89] },
    },
    {
      noun: 'Portable Speaker',
      dollars: [39, 260],
      says: [
        'Fills a terrace, floats in the pool and charges your telephone.',
        'Throws its sound all around, so nobody sits behind it.',
      ],
      attributes: { batteryHours: [12, 18, 24], waterproof: ['IP67', 'IPX5'], stereoPair: [true] },
    },
    {
      noun: 'Turntable',
      dollars: [169, 760],
      says: [
        'Belt drive, a heavy platter and an arm that is set up in the box.',
        'Plays thirty-threes and forty-fives and changes with a switch, not a screwdriver.',
      ],
      attributes: { drive: ['belt', 'direct'], preamp: [true, false], cartridge: ['moving magnet', 'moving coil'] },
    },
    {
      noun: 'Soundbar',
      dollars: [129, 640],
      says: [
        'Makes every word plain and the explosions rounder, with a single cable.',
        'Low enough for any television and wide enough for a film.',
      ],
      attributes: { channels: ['2.0', '2.1', '3.1.2'], hdmiEarc: [true, false], widthCm: [60, 90, 108] },
    },
    {
      noun: 'USB Microphone',
      dollars: [59, 240],
      says: [
        'Hears the voice and not the room; one knob for gain, one for your own ears.',
        'On air with one cable, for the podcast, the lesson or the choir.',
      ],
      attributes: { pattern: ['cardioid', 'omni', 'switchable'], sampleRateKhz: [48, 96, 192], connector: ['USB-C'] },
    },
    {
      noun: 'Headphone Amplifier',
      dollars: [79, 390],
      says: [
        'Drives the hungriest headphones without a hiss between the notes.',
        'A converter and amplifier no larger than a deck of cards.',
      ],
      attributes: {
        outputMilliwatts: [250, 500, 1200],
        balanced: [true, false],
        inputs: [['USB-C'], ['USB-C', 'optical']],
      },
    },
    {
      noun: 'Internet Radio',
      dollars: [99, 320],
      says: [
        'Forty thousand stations and six buttons for the ones that matter.',
        'Wakes you with the news of any town, and still knows FM.',
      ],
      attributes: { dab: [true, false], alarm: [true], display: ['OLED', 'colour'] },
    },
    {
      noun: 'Speaker Stand Pair',
      dollars: [49, 220],
      says: [
        'Brings tweeters to the height of your ears and keeps the bass out of the floor.',
        'Filled with sand it will not move again, not even for the cat.',
      ],
      attributes: { heightCm: [45, 60, 70], maxLoadKg: [10, 20, 30], spikes: [true, false] },
    },
  ],
}
