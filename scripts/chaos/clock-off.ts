/** A clock that is wrong: a module that Node.js loads before the program, and in which `Date` is so much off. */

/** @returns flags of Node.js. @param offMs - ahead when positive. */
export function clockOff(offMs: number): readonly string[] {
  const code = `
    const Right = Date;
    globalThis.Date = class Date extends Right {
      constructor(...given) {
        if (given.length === 0) super(Right.now() + ${offMs});
        else super(...given);
      }
      static now() {
        return Right.now() + ${offMs};
      }
    };`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}
