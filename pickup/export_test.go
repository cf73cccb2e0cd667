package pickup

// What the browser tests look at without the sanitiser before it.
var (
	Frame       = frame
	FramePolicy = framePolicy
)
