import { describe, expect, test } from 'vitest';
import { redactText } from '../../../src/processors/redact/detectors.js';

const clean = (text: string): string => redactText(text, ['iban'], () => undefined);

describe('iban', () => {
  // The examples of SWIFT's registry.
  test.each([
    ['AD1200012030200359100100'],
    ['BE68539007547034'],
    ['BR1800360305000010009795493C1'],
    ['CH9300762011623852957'],
    ['DE89370400440532013000'],
    ['FR1420041010050500013M02606'],
    ['GB29NWBK60161331926819'],
    ['LC55HEMM000100010012001200023015'],
    ['MT84MALT011000012345MTLCAST001S'],
    ['NO9386011117947'],
    ['RU0204452560040702810412345678901'],
    ['SA0380000000608010167519'],
  ])('%s is named in one piece and in groups', iban => {
    const groups = iban.match(/.{1,4}/g)!;
    for (const text of [iban, iban.toLowerCase(), ...[' ', '-', '\u00a0', '%20', '+'].map(mark => groups.join(mark))]) {
      expect(clean(`to ${text}, please`)).toBe('to [iban], please');
    }
  });

  test.each([
    ['IBAN:DE89370400440532013000', 'IBAN:[iban]'],
    ['IBANDE89370400440532013000', 'IBAN[iban]'],
    ['?iban%3DDE89370400440532013000&x', '?iban%3D[iban]&x'],
    ['a\\nDE89370400440532013000\\n', 'a\\n[iban]\\n'],
    ['DE89 3704 0044 0532 0130 00 12 days', '[iban] 12 days'],
    ['iban-DE89370400440532013000', 'iban-[iban]'],
  ])('%s becomes %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test.each([
    ['DE88370400440532013000'],
    ['DE8937040044053201300'],
    ['XDE89370400440532013000'],
    ['DE893704004405320130000'],
    ['De89370400440532013000'],
    ['ZZ89370400440532013000'],
    ['DE89 370400440532013000'],
    ['VISA4111111111111111'],
    ['27287489-5198-de89-3704-004405320130'],
  ])('%s stays', text => {
    expect(clean(text)).toBe(text);
  });
});
