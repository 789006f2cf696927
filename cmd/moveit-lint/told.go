package main

import (
	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/site"
)

// told returns what a profile tells of interfaces and of the routes by them.
func told(list []site.Interface) (interfaces []rules.Interface, routes []rules.Route) {
	for _, i := range list {
		interfaces = append(interfaces, rules.Interface{Name: i.Name, Addrs: i.Addresses, Span: i.Span})
		for _, r := range i.Routes {
			routes = append(routes, rules.Route{To: r, Out: i.Name, Span: i.Span})
		}
	}
	return interfaces, routes
}
