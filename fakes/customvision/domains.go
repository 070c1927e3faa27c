package customvision

func domainRoutes() []route {
	return []route{
		{"GetDomains", "GET", "/domains", maxDocument, (*Server).listDomains},
		{"GetDomain", "GET", "/domains/{domain}", maxDocument, (*Server).getDomain},
	}
}

func (s *Server) listDomains(*request) (any, error) { return domains(), nil }

func (s *Server) getDomain(r *request) (any, error) {
	id, err := r.id("domain")
	if err != nil {
		return nil, err
	}
	d, ok := findDomain(id.String())
	if !ok {
		return nil, errDomainNotFound(id)
	}
	return d, nil
}
