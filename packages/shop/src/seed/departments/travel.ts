import type { Department } from '../department.ts'

export const travel: Department = {
  category: 'Travel',
  brands: ['Wayfare', 'Portmanteau', 'Calloway', 'Terminal Five', 'Longhaul', 'Meridian', 'Stowe'],
  finishes: ['Black', 'Cognac', 'Navy', 'Olive', 'Grey Melange', 'Sand', 'Burgundy', 'Ink', 'Rust', 'Stone'],
  closings: [
    'Guaranteed for ten years of travel.',
    'Packed without plastic.',
    'Every part can be replaced.',
    'Lighter than it looks.',
  ],
  kinds: [
    {
      noun: 'Cabin Suitcase',
      dollars: [99, 490],
      says: [
        'Four quiet wheels, a shell that flexes and a front pocket for the laptop.',
        'Packs five days, rolls through a crowd and goes overhead.',
      ],
      attributes: { volumeLitres: [34, 38, 41], shell: ['polycarbonate', 'aluminium', 'fabric'], lock: ['TSA'] },
    },
    {
      noun: 'Check-in Trunk',
      dollars: [149, 680],
      says: [
        'Deep on one side and shallow on the other, so that boots and shirts both lie well.',
        'Two weeks for one or one week for two, on wheels that survive cobbles.',
      ],
      attributes: { volumeLitres: [68, 85, 98], weightKg: [3.9, 4.6, 5.4], lock: ['TSA'] },
    },
    {
      noun: 'Weekender Bag',
      dollars: [69, 390],
      says: [
        'Swallows two nights and still shuts, with shoes in a room of their own.',
        'Ages better than most hotels.',
      ],
      attributes: { volumeLitres: [32, 40, 48], shoeCompartment: [true, false], strap: [true] },
    },
    {
      noun: 'Laptop Backpack',
      dollars: [59, 260],
      says: [
        'From the train to the meeting: the laptop flat to the back, the lunch upright.',
        'A hidden pocket for the passport and a sleeve that slips over the suitcase.',
      ],
      attributes: { laptopInches: [13, 15, 16], volumeLitres: [18, 22, 28], waterproof: [true, false] },
    },
    {
      noun: 'Packing Cube Set',
      dollars: [19, 65],
      says: [
        'A drawer for everything, wherever the suitcase stands.',
        'Squeezes a jumper to half its height and gives it back uncreased.',
      ],
      attributes: { pieces: [3, 5, 7], compression: [true, false] },
    },
    {
      noun: 'Passport Wallet',
      dollars: [24, 110],
      says: [
        'Passport, cards, boarding pass and the coins of three countries.',
        'Slim in the jacket and deaf to card readers.',
      ],
      attributes: { rfidBlocking: [true, false], cards: [4, 8, 12] },
    },
    {
      noun: 'Travel Adapter',
      dollars: [18, 70],
      says: [
        'One cube for a hundred and fifty countries, with ports for everything else.',
        'Charges a laptop and two telephones from one shy hotel socket.',
      ],
      attributes: { usbC: [1, 2, 3], powerWatts: [20, 45, 65], regions: [['EU', 'UK', 'US', 'AU']] },
    },
    {
      noun: 'Neck Pillow',
      dollars: [15, 70],
      says: [
        'Holds the head from the side, where sleepers fall.',
        'Memory foam that packs down to the size of an orange.',
      ],
      attributes: { filling: ['memory foam', 'microbeads', 'air'], washable: [true] },
    },
    {
      noun: 'Toiletry Kit',
      dollars: [19, 120],
      says: ['Hangs from a hook and shows everything at once.', 'Wipes clean inside when, not if, the shampoo opens.'],
      attributes: { volumeLitres: [3, 5, 7], hook: [true, false] },
    },
    {
      noun: 'Power Bank',
      dollars: [25, 130],
      says: [
        'Two full charges, allowed on board, and a display that counts honestly.',
        'Fills itself in ninety minutes while you have breakfast.',
      ],
      attributes: { capacityMah: [5000, 10000, 20000], powerWatts: [20, 30, 65], ports: [1, 2, 3] },
    },
  ],
}
