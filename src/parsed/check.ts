/** Takes values of unknown JSON and says precisely where one is not what it should be. @module */

/** A place in a JSON value, such as `messages[3].author.role`, with the value there. */
export class Field {
  /** The value, not looked at yet. */
  readonly value: unknown;
  readonly #path: string;

  constructor(value: unknown, path = "") {
    this.value = value;
    this.#path = path;
  }

  /** A field of this object; its value is undefined where the object lacks it. */
  get(key: string): Field {
    const path = this.#path === "" ? key : `${this.#path}.${key}`;
    const object = this.object();
    return new Field(
      Object.hasOwn(object, key) ? object[key] : undefined,
      path,
    );
  }

  /** Whether there is anything here. */
  get absent(): boolean {
    return this.value === undefined;
  }

  object(): Readonly<Record<string, unknown>> {
    const value = this.value;
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      this.fail("an object");
    }
    return value as Record<string, unknown>;
  }

  list(): Field[] {
    if (!Array.isArray(this.value)) this.fail("a list");
    return this.value.map((value, index) =>
      new Field(value, `${this.#path}[${index}]`)
    );
  }

  string(): string {
    const { value } = this;
    if (typeof value !== "string") this.fail("a string");
    if (!value.isWellFormed()) this.fail("well-formed Unicode");
    return value;
  }

  boolean(): boolean {
    if (typeof this.value !== "boolean") this.fail("true or false");
    return this.value;
  }

  number(): number {
    if (typeof this.value !== "number") this.fail("a number");
    return this.value;
  }

  /** A whole number from 0 on. */
  count(): number {
    const value = this.value;
    if (
      typeof value !== "number" || !Number.isSafeInteger(value) || value < 0
    ) {
      this.fail("a whole number");
    }
    return value;
  }

  /** One of some values. */
  oneOf<T extends string | number>(...values: readonly T[]): T {
    const value = values.find((one) => one === this.value);
    if (value === undefined) {
      this.fail(values.map((one) => JSON.stringify(one)).join(" or "));
    }
    return value;
  }

  /** Null, or what the other reader makes of it. */
  orNull<T>(read: (field: Field) => T): T | null {
    return this.value === null ? null : read(this);
  }

  /** The object with this one key, or one without it where the value is absent. */
  optional<K extends string, T>(
    key: K,
    read: (field: Field) => T,
  ): { readonly [key in K]?: T } {
    const field = this.get(key);
    return field.absent ? {} : { [key]: read(field) } as { [key in K]: T };
  }

  /** Ends with what was expected; the value itself stays out of the message, as it may be private. */
  fail(expected: string): never {
    const value = this.value;
    const found = value === undefined
      ? "nothing"
      : value === null
      ? "null"
      : Array.isArray(value)
      ? "a list"
      : `a value of type ${typeof value}`;
    throw new TypeError(
      `${
        this.#path === "" ? "top" : this.#path
      }: expected ${expected}, found ${found}`,
    );
  }
}
