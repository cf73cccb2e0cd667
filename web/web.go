// Package web holds what every page is made of: the templates, the words in
// each language, the style sheet and script, and the headers that keep a page
// private.
//
// [New] parses all templates once into a [Renderer], which echo calls with the
// name of a page and its [Page]. [Headers] is the middleware in front of every
// route, and [Static] serves the files under names that change with their
// content.
//
// No page loads anything from elsewhere, none needs a script to work, and no
// dynamic page is kept by a browser or a proxy.
package web

import "embed"

//go:embed templates/*.html
var templates embed.FS

//go:embed locales/*.toml
var locales embed.FS

//go:embed static
var static embed.FS
