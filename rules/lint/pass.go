package lint

// Pass is one run of one check over one device.
type Pass struct{}
