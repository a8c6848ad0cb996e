// Decorators by hand: what TypeScript would emit, so that the peer runs unbuilt.
export function decorateClass(target, decorator) {
  Reflect.decorate([decorator], target)
}

export function decorateParameter(target, decorator, index) {
  decorator(target, undefined, index)
}

// The shape of what TypeScript emits.
// oxlint-disable-next-line max-params
export function decorateMethod(target, name, decorator, parameters) {
  for (const [index, parameter] of parameters.entries()) parameter(target.prototype, name, index)
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name)
  decorator(target.prototype, name, descriptor)
  Object.defineProperty(target.prototype, name, descriptor)
}
